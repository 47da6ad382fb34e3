const fnvOffset = 0x811c9dc5
const fnvPrime = 0x01000193

/** Continues a 32-bit FNV-1a over the UTF-8 bytes of `text`: a child's hash starts where its parent's ended. */
export function continueHash(hash: number, text: string): number {
  let state = hash
  for (let index = 0; index < text.length; index++) {
    let code = text.charCodeAt(index)
    if (code < 0x80) {
      state = Math.imul(state ^ code, fnvPrime)
      continue
    }
    if (code >= 0xd800 && code < 0xe000) {
      code = text.codePointAt(index) ?? 0xfffd
      if (code > 0xffff) index++
      else code = 0xfffd
    }
    state = hashMultibyte(state, code)
  }
  return state
}

function hashMultibyte(hash: number, code: number): number {
  let state = hash
  if (code < 0x800) {
    state = Math.imul(state ^ (0xc0 | (code >> 6)), fnvPrime)
  } else {
    if (code < 0x10000) {
      state = Math.imul(state ^ (0xe0 | (code >> 12)), fnvPrime)
    } else {
      state = Math.imul(state ^ (0xf0 | (code >> 18)), fnvPrime)
      state = Math.imul(state ^ (0x80 | ((code >> 12) & 63)), fnvPrime)
    }
    state = Math.imul(state ^ (0x80 | ((code >> 6) & 63)), fnvPrime)
  }
  return Math.imul(state ^ (0x80 | (code & 63)), fnvPrime)
}

/** The hash state of a whole name. */
export function hashName(name: string): number {
  return continueHash(fnvOffset, name)
}

/** `<workflow>-<decimal FNV-1a of the name>`; the root node's id is the workflow's name. */
export function nodeId(workflow: string, name: string): string {
  return name === workflow ? workflow : `${workflow}-${hashName(name) >>> 0}`
}

/** Two names may share a 32-bit hash. Differs from Argo: the later one gets an id of its own. */
export function freeId(id: string, isTaken: (id: string) => boolean): string {
  if (!isTaken(id)) return id
  let suffix = 1
  while (isTaken(`${id}-${suffix}`)) suffix++
  return `${id}-${suffix}`
}

/** A node's name without its boundary's prefix and without what joins them (`[0].` or `.`). */
export function displayNameOf(name: string, boundary: string | undefined): string {
  const rest =
    boundary !== undefined && name.startsWith(boundary) ? name.slice(boundary.length) : name
  if (rest.startsWith(".")) return rest.slice(1)
  return rest.replace(/^\[\d+\]\./, "")
}

const podNameMax = 253 - 11

/** Upstream's pod name (version 2): workflow, template and the hash of the node's name. */
export function podName(
  workflow: string,
  node: { readonly name: string; readonly hash: number },
  template: string,
): string {
  if (node.name === workflow) return workflow
  // An inline template has no name.
  const prefix = template === "" ? workflow : `${workflow}-${template}`
  return `${prefix.slice(0, podNameMax)}-${node.hash >>> 0}`
}

const displayNamePattern = /^[a-zA-Z0-9][a-zA-Z0-9-.]{0,61}[a-zA-Z0-9]$/

/** What is said of a display name that is none. */
export const displayNameFault: string = `displayName must match the regex ${displayNamePattern.source}`

/** True for what `workflows.argoproj.io/display-name` may say. */
export function isDisplayName(text: string): boolean {
  return displayNamePattern.test(text)
}
