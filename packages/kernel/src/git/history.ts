import { type EpochMs, epochMs } from "../instant.js"
import { unquotePath } from "./names.js"

/** A commit as a history shows it. */
export interface GitCommit {
  readonly sha: string
  /** `Name <email>`. */
  readonly author: string
  /** `Name <email>`. */
  readonly committer: string
  readonly committedAt: EpochMs
  /** First line of the message. */
  readonly subject: string
  /** The whole message without trailing line ends. */
  readonly message: string
  /** Paths changed against the first parent, sorted; empty unless asked for with `withPaths`. */
  readonly paths: readonly string[]
}

/** A tag and the commit it leads to. */
export interface GitTag {
  readonly name: string
  /** The tagged commit (annotated tags are followed). */
  readonly sha: string
  /** When the tag was made; for a lightweight tag, when its commit was. */
  readonly createdAt: EpochMs
  /** `Name <email>` of an annotated tag; else empty. */
  readonly tagger: string
  /** Message of an annotated tag; else empty. */
  readonly annotation: string
  readonly author: string
  readonly committer: string
  readonly subject: string
}

/** Fields end in NUL, which no message can hold; quoted path lines follow. */
export const logFormat = "--format=%H%x00%an <%ae>%x00%cn <%ce>%x00%ct%x00%B%x00"

function subjectOf(message: string): string {
  const end = message.indexOf("\n")
  return end < 0 ? message : message.slice(0, end)
}

/** Reads what `git log` prints with {@link logFormat}, with or without `--name-only`. */
export function parseLog(text: string): readonly GitCommit[] {
  const fields = text.split("\0")
  const commits: GitCommit[] = []
  let sha = (fields[0] ?? "").trim()
  // After the five fields of a commit comes a chunk: its path lines, and as last line the next commit's id.
  for (let index = 1; index + 4 < fields.length; index += 5) {
    const [author, committer, seconds, body] = fields.slice(index, index + 4) as [
      string,
      string,
      string,
      string,
    ]
    const lines = (fields[index + 4] ?? "").split("\n").filter((line) => line !== "")
    const isLast = index + 5 >= fields.length
    const next = isLast ? "" : (lines.pop() ?? "")
    const message = body.replace(/\n+$/, "")
    commits.push({
      sha,
      author,
      committer,
      committedAt: epochMs(Number(seconds) * 1000),
      subject: subjectOf(message),
      message,
      paths: lines.map(unquotePath).toSorted(),
    })
    sha = next
  }
  return commits
}

/** One record per tag, fields in NUL, records in two NULs. */
export const tagFormat =
  "--format=%(refname:lstrip=2)%00%(objectname)%00%(*objectname)%00%(creatordate:unix)%00%(taggername) %(taggeremail)%00%(authorname) %(authoremail)%(*authorname) %(*authoremail)%00%(committername) %(committeremail)%(*committername) %(*committeremail)%00%(*subject)%00%(objecttype)%00%(contents)%00"

/** Reads what `git for-each-ref refs/tags` prints with {@link tagFormat}; newest first, then by name descending. */
export function parseTags(text: string): readonly GitTag[] {
  const fields = text.split("\0")
  const tags: GitTag[] = []
  for (let index = 0; index + 10 <= fields.length; index += 10) {
    const [name, object, peeled, seconds, tagger, author, committer, inner, type, contents] =
      fields.slice(index, index + 10) as [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
      ]
    const isAnnotated = type === "tag"
    const message = contents.replace(/\n+$/, "")
    tags.push({
      name: name.replace(/^\n/, ""),
      sha: peeled === "" ? object : peeled,
      createdAt: epochMs(Number(seconds) * 1000),
      tagger: tagger.trim(),
      annotation: isAnnotated ? message : "",
      author: author.trim(),
      committer: committer.trim(),
      subject: isAnnotated ? inner : subjectOf(message),
    })
  }
  return tags.toSorted(
    (left, right) => right.createdAt - left.createdAt || (left.name < right.name ? 1 : -1),
  )
}

/** A reference of a remote repository. */
export interface GitReference {
  /** `HEAD`, `refs/heads/main`, `refs/tags/v1`. */
  readonly name: string
  /** The commit it leads to; annotated tags are followed. */
  readonly sha: string
  /** What `HEAD` points to: `refs/heads/main`. Only on `HEAD`. */
  readonly target?: string
}

/** Reads what `git ls-remote --symref` prints; sorted by name, `HEAD` first. */
export function parseReferences(text: string): readonly GitReference[] {
  const found = new Map<string, string>()
  let target: string | undefined
  for (const line of text.split("\n")) {
    const [left = "", name = ""] = line.split("\t")
    if (left.startsWith("ref: ")) {
      if (name === "HEAD") target = left.slice("ref: ".length)
    } else if (name.endsWith("^{}")) found.set(name.slice(0, -3), left)
    else if (name !== "") found.set(name, left)
  }
  return [...found]
    .map(([name, sha]) =>
      name === "HEAD" && target !== undefined ? { name, sha, target } : { name, sha },
    )
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
}
