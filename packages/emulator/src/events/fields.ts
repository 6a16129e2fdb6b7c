/** The event itself, or one element of an array in it. */
export interface Place {
  /** In the order of the document; what lies within this place has numbers up to `last`. */
  readonly number: number
  last: number
  /** Path of the array; empty for the event. */
  readonly path: string
  /** The nearest place around this one that has another path. */
  readonly outer: Place | undefined
}

/** One value of an event, and the place it stands in. */
export interface Field {
  readonly value: unknown
  readonly place: Place
}

/** The values of an event that a pattern asks for. */
export interface Fields {
  readonly root: Place
  /** By dotted path. */
  readonly byPath: ReadonlyMap<string, readonly Field[]>
  /** How many values were looked at. */
  readonly visited: number
}

/** What is left to visit. `leaves`: the place whose inside has been visited by then. */
interface Visit {
  readonly path: string
  readonly value: unknown
  readonly place: Place
  readonly element?: boolean
  readonly leaves?: boolean
}

/**
 * Reads the values at the paths that a pattern names, and visits nothing but the way to them, each value once. It keeps a
 * stack of its own, since an event may be nested as deeply as its size allows. An object or array that holds no value
 * leaves no trace: to EventBridge it does not exist.
 *
 * @param ways every path of the pattern, and every path on the way to one.
 */
export function fieldsOf(event: object, ways: ReadonlySet<string>): Fields {
  const root: Place = { number: 0, last: 0, path: '', outer: undefined }
  const byPath = new Map<string, Field[]>()
  const visits: Visit[] = [{ path: '', value: event, place: root }]
  let lastPlace = 0
  let visited = 0
  for (let visit = visits.pop(); visit; visit = visits.pop()) {
    const { path, value } = visit
    let { place } = visit
    if (visit.leaves) {
      place.last = lastPlace
      continue
    }
    visited += 1
    if (typeof value !== 'object' || value === null) {
      if (value === undefined) continue
      const found = byPath.get(path)
      if (found) found.push({ value, place })
      else byPath.set(path, [{ value, place }])
      continue
    }
    // Only an object or an array can hold fields that have to belong to the same element.
    if (visit.element) {
      const outer = place.path === path ? place.outer : place
      place = { number: ++lastPlace, last: 0, path, outer }
      visits.push({ path, value, place, leaves: true })
    }
    if (Array.isArray(value)) {
      for (const element of value) visits.push({ path, value: element, place, element: true })
    } else {
      for (const [name, inner] of Object.entries(value)) {
        const at = path ? `${path}.${name}` : name
        if (ways.has(at)) visits.push({ path: at, value: inner, place })
      }
    }
  }
  root.last = lastPlace
  return { root, byPath, visited }
}
