declare module 'asl-validator' {
  interface Result {
    readonly isValid: boolean
    readonly errors: readonly object[]
  }
  export default function validate(
    definition: object,
    options?: { readonly checkPaths?: boolean; readonly checkArn?: boolean },
  ): Result
}
