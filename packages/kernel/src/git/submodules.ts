import { join } from "node:path"
import { OperationError } from "../operation-error.js"
import { displayUrl } from "./names.js"
import { inDirectory, type Session } from "./worktree.js"

/** A repository inside another one. */
export interface Submodule {
  /** Below the work tree of the one that holds it. */
  readonly path: string
  readonly url: string
  readonly commit: string
}

const gitLink = "160000"

/** The submodules of a working clone at what it has checked out, by path. */
export async function submodulesOf(
  session: Session,
  directory: string,
): Promise<readonly Submodule[]> {
  const ask = (rest: readonly string[]): Promise<string> =>
    session.run(inDirectory(session, directory, rest))
  const listed = await ask(["ls-files", "--stage", "-z"])
  const links = listed.split("\0").flatMap((line) => {
    // `mode id stage<tab>path`
    const tab = line.indexOf("\t")
    const [mode, commit = ""] = line.slice(0, tab).split(" ")
    return mode === gitLink ? [{ path: line.slice(tab + 1), commit }] : []
  })
  if (links.length === 0) return []
  const config = await ask(["config", "--file", join(directory, ".gitmodules"), "--list", "-z"])
  const urls = urlsOf(config)
  return links.map(({ path, commit }) => {
    const url = urls.get(path)
    if (url === undefined) {
      const message = `the submodule ${JSON.stringify(path)} of ${displayUrl(session.remote.url)} has no URL`
      throw new OperationError(message, { code: "InvalidRepository", retryable: false })
    }
    return { path, commit, url: absoluteUrl(session.remote.url, url) }
  })
}

/** What `.gitmodules` says of each path. */
function urlsOf(config: string): ReadonlyMap<string, string> {
  const byName = new Map<string, { path?: string; url?: string }>()
  for (const entry of config.split("\0")) {
    const found = /^submodule\.(.*)\.(path|url)\n([\s\S]*)$/.exec(entry)
    if (found === null) continue
    const [, name = "", field, value = ""] = found
    const known = byName.get(name) ?? {}
    byName.set(name, { ...known, [field === "path" ? "path" : "url"]: value })
  }
  const urls = new Map<string, string>()
  for (const { path, url } of byName.values()) {
    if (path !== undefined && url !== undefined) urls.set(path, url)
  }
  return urls
}

/** `../other.git` is meant relative to the repository that says so. */
function absoluteUrl(base: string, url: string): string {
  if (!url.startsWith("./") && !url.startsWith("../")) {
    const isLocal = url.startsWith("/") || url.startsWith("file:")
    const isFromLocal = base.startsWith("/") || base.startsWith("file:")
    if (!isLocal || isFromLocal) return url
    const message = `a submodule of ${displayUrl(base)} lies on this machine: ${JSON.stringify(url)}`
    throw new OperationError(message, { code: "InvalidRepository", retryable: false })
  }
  const words = base.replace(/\/+$/, "").split("/")
  for (const step of url.split("/")) {
    if (step === "..") words.pop()
    else if (step !== ".") words.push(step)
  }
  return words.join("/")
}
