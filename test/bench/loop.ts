/** A measured call, with everything around it. */
export type Call = () => PromiseLike<unknown>

/** Makes calls one after the other; tells how many were rejected. */
export type Loop = (call: Call, calls: number) => Promise<number>

export const loop: Loop = async (call, calls) => {
  let rejected = 0
  for (let left = calls; left > 0; left--) {
    try {
      await call()
    } catch {
      rejected++
    }
  }
  return rejected
}

/**
 * A loop for one kind of call only. The compiler learns by place in the code: in a loop shared by all, it would know
 * whichever call came first best.
 */
export async function loopOf(name: string): Promise<Loop> {
  const own: { loop: Loop } = await import(`./loop.ts?${name}`)
  return own.loop
}
