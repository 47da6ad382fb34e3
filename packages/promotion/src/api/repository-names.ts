/** Characters that a copied URL may carry and nobody sees: blanks and control characters. */
const invisible = /[\s\p{Cc}\u200b-\u200f\u2028\u2029\ufeff]/gu

/**
 * A git URL as Kargo compares it: lower-case, without user info, trailing slash and `.git`; `user@host:path` becomes
 * `ssh://user@host/path`. A URL with a query is left as it is (spec/promotion §2.1).
 */
export function normalizeGitUrl(url: string): string {
  const plain = url.replace(invisible, "").toLowerCase()
  if (/^https?:\/\//.test(plain)) {
    if (plain.includes("?")) return plain
    return withoutGitSuffix(plain.replace(/^(https?:\/\/)[^/@]*@/, "$1"))
  }
  if (plain.startsWith("ssh://")) return withoutGitSuffix(plain)
  const scp = /^([^/@\s]+@[^/:\s]+):(.*)$/.exec(plain)
  return scp === null ? plain : withoutGitSuffix(`ssh://${scp[1] ?? ""}/${scp[2] ?? ""}`)
}

function withoutGitSuffix(url: string): string {
  return url.replace(/\/$/, "").replace(/\.git$/, "")
}

const hubHosts: ReadonlySet<string> = new Set([
  "docker.io",
  "index.docker.io",
  "registry-1.docker.io",
])

/** An image repository as Kargo compares it: lower-case, Docker Hub's names and `library/` dropped, no tag. */
export function normalizeImageUrl(url: string): string {
  const plain = url.toLowerCase()
  const form =
    /^([a-z0-9][a-z0-9._\-/]*(?::\d+\/[a-z0-9._\-/]+)?)(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/
  const match = form.exec(plain)
  if (match === null) return url
  const [host = "", ...rest] = (match[1] ?? "").split("/")
  const isHub = hubHosts.has(host) && rest.length > 0
  const path = isHub ? rest : [host, ...rest]
  return (
    isHub || path.length === 2 ? path.filter((part, at) => at > 0 || part !== "library") : path
  ).join("/")
}

/** A chart repository as Kargo compares it: without `oci://`, then as an image repository. */
export function normalizeChartUrl(url: string): string {
  return normalizeImageUrl(url.toLowerCase().replace(/^oci:\/\//, ""))
}

/** Go's `path.Join` of two parts: empty ones left out, `.` and `..` resolved, slashes folded. */
export function joinPath(...parts: readonly string[]): string {
  const joined = parts.filter((part) => part !== "").join("/")
  if (joined === "") return ""
  const isRooted = joined.startsWith("/")
  const kept: string[] = []
  for (const part of joined.split("/")) {
    if (part === "" || part === ".") continue
    const canGoUp = kept.length > 0 && kept.at(-1) !== ".."
    if (part === ".." && canGoUp) kept.pop()
    else if (part !== ".." || !isRooted) kept.push(part)
  }
  const path = `${isRooted ? "/" : ""}${kept.join("/")}`
  return path === "" ? "." : path
}
