import { escapeControls } from '@breakwater/circuit/shared'

/** A log that gets every line with its control characters escaped: paths, names and messages come from clients. */
export function logOf(log: ((line: string) => void) | undefined): (line: string) => void {
  return line => log?.(escapeControls(line))
}
