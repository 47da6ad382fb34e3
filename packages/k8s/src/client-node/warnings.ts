const warning = /\b299 \S+ "((?:[^"\\]|\\.)*)"/g

/** The texts of a `Warning` header, as API servers write them: `299 - "text"`, several of them joined by commas. */
export function warningsOf(header: string | readonly string[] | undefined): readonly string[] {
  const lines = typeof header === "string" ? header : (header ?? []).join(", ")
  return [...lines.matchAll(warning)].map(([, text = ""]) => text.replaceAll(/\\(.)/g, "$1"))
}
