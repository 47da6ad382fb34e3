import { OperationError } from "../operation-error.js"

/** Transports a manifest may name. `ext::`, `fd::` and other helpers run commands and stay out. */
const urlPattern = /^(?:https?|ssh|git|file):\/\/[^\s\p{Cc}]+$/iu
const scpPattern = /^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:(?!:)[^\s\p{Cc}:][^\s\p{Cc}]*$/u
const pathPattern = /^\/[^\p{Cc}]*$/u

/** A URL as messages and logs show it: without user info. */
export function displayUrl(url: string): string {
  return url.replace(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/)[^/@]*@/, "$1")
}

function refuse(code: string, message: string): never {
  throw new OperationError(message, { code, retryable: false })
}

/** Refuses what git would take for an option or hand to a remote helper. Code `InvalidRepository`. */
export function checkUrl(url: string): string {
  if (!urlPattern.test(url) && !scpPattern.test(url) && !pathPattern.test(url)) {
    const shown = JSON.stringify(displayUrl(url))
    refuse("InvalidRepository", `expected an http(s), ssh, git or file URL, found ${shown}`)
  }
  return url
}

/** Characters and sequences that `git check-ref-format` refuses, or that mean something in a revision. */
const refusedInName = /[\p{Cc}\s~^:?*[\\]|\.\.|@\{|\/\/|\/\.|^\.|\.$|\/$|^\/|\.lock(?:\/|$)/u

/** True for a name that git accepts for a branch, a tag or `HEAD`, and that is never an option. */
export function isReferenceName(name: string): boolean {
  return name !== "" && name !== "@" && !name.startsWith("-") && !refusedInName.test(name)
}

/** True for a full object id. */
export function isFullSha(text: string): boolean {
  return /^[0-9a-f]{40}$/i.test(text)
}

/** Refuses anything but a plain name or object id: no ranges, no `^`, no options. Code `InvalidRevision`. */
export function checkRevision(revision: string): string {
  if (!isReferenceName(revision)) {
    const shown = JSON.stringify(revision)
    refuse("InvalidRevision", `expected a branch, tag or commit id, found ${shown}`)
  }
  return revision
}

/** Undoes git's C-style quoting of a path that holds control characters, quotes or backslashes. */
export function unquotePath(text: string): string {
  if (!text.startsWith('"') || !text.endsWith('"')) return text
  const plain: Record<string, string> = {
    n: "\n",
    t: "\t",
    r: "\r",
    a: "\x07",
    b: "\b",
    f: "\f",
    v: "\v",
  }
  const escape = /\\(?:([0-7]{3})|(.))/g
  return text
    .slice(1, -1)
    .replace(escape, (_all, octal: string | undefined, letter: string) =>
      octal === undefined
        ? (plain[letter] ?? letter)
        : String.fromCharCode(Number.parseInt(octal, 8)),
    )
}
