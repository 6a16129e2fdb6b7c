/** Stands for the functions, whose bundles take a second each. */
export const handler = async (): Promise<void> => {}
