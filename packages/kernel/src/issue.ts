/** Where in a document something is: field names and list indexes from the root. */
export type IssuePath = readonly (string | number)[]

/** One thing that is wrong with data a caller gave. Data about data: never thrown, always listed. */
export interface Issue {
  /** Stable, PascalCase: `UnknownField`, `UnsupportedField`, `InvalidValue`, `UnknownDependency`, … */
  readonly code: string
  /** Where, from the root of the document the parser was given. */
  readonly path: IssuePath
  /** A whole sentence that names the object, the expectation and the finding. */
  readonly message: string
  /** What to do about it, where one remedy is likely ("did you mean `template`?"). */
  readonly hint?: string
}

/** Either a value or every reason why there is none. */
export type Result<Value, Reason = Issue> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly issues: readonly Reason[] }

/** A result that holds `value`. */
export function ok<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value }
}

/** A result that holds the reasons why there is no value. */
export function failed<Reason = Issue>(
  issues: readonly Reason[],
): { readonly ok: false; readonly issues: readonly Reason[] } {
  return { ok: false, issues }
}

/** Writes a path as people write it: `spec.templates[0].name`; keys that are not plain words in `["…"]`. */
export function formatPath(path: IssuePath): string {
  let text = ""
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`
    else if (/^[A-Za-z_$][\w$-]*$/.test(part)) text += text === "" ? part : `.${part}`
    else text += `[${JSON.stringify(part)}]`
  }
  return text
}

/** One line for one issue: `spec.entrypoint: names no template (did you mean "main"?)`. */
export function formatIssue(issue: Issue): string {
  const place = formatPath(issue.path)
  const hint = issue.hint === undefined ? "" : ` (${issue.hint})`
  return `${place === "" ? "" : `${place}: `}${issue.message}${hint}`
}
