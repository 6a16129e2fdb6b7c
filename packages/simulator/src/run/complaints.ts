/** Circuits complain of a broken table on standard error, once a process. In a run every environment is one. */
const complaint = /^Breakwater: the circuit store is /

let running = 0
let original: typeof console.error | undefined

/**
 * Keeps the complaints of circuits about a table that a run has broken on purpose from standard error, while `run` lasts.
 * All else is written.
 */
export async function withoutComplaints(run: () => Promise<void>): Promise<void> {
  if (running++ === 0) {
    const write = console.error
    original = write
    console.error = (...data: unknown[]) => {
      if (!complaint.test(String(data[0]))) write(...data)
    }
  }
  try {
    await run()
  } finally {
    if (--running === 0 && original) console.error = original
  }
}
