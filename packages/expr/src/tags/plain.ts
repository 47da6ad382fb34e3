import { failed, ok, type Result } from "@argo-ts/kernel"
import { goEscape } from "../go/text.js"
import { type ExprIssue, Fault, issueOfThrown, type Program, type Reference } from "../issue.js"
import { type Piece, splitTags } from "./split.js"

/** Texts by name. */
export type TextScope = { readonly [name: string]: string }

/** How the tags of Rollouts and ApplicationSet are replaced. */
export interface PlainTagOptions {
  /** `keep` leaves unknown tags as they are (ApplicationSet); `refuse` makes them issues (Rollouts). Default `refuse`. */
  readonly unknown?: "keep" | "refuse"
  /** `json`: values are escaped for a place inside a JSON string (Rollouts' metric providers). Default `text`. */
  readonly into?: "text" | "json"
}

function lookup(scope: TextScope, name: string): string | undefined {
  const value = Object.hasOwn(scope, name) ? scope[name] : undefined
  return typeof value === "string" ? value : undefined
}

/**
 * Compiles `{{name}}` tags without expressions: Rollouts' analysis arguments (`args.x`, the last unknown tag is
 * reported) and ApplicationSet parameters without goTemplate.
 */
export function compilePlainTags(
  source: string,
  options: PlainTagOptions = {},
): Result<Program<TextScope, string>, ExprIssue> {
  const { unknown = "refuse", into = "text" } = options
  try {
    const isUntouched = unknown === "keep" && !/\{\{.*\}\}/.test(source)
    const pieces: readonly Piece[] = isUntouched
      ? [{ kind: "text", text: source, at: 0 }]
      : splitTags(source)
    const references: Reference[] = pieces
      .filter((piece) => piece.kind === "tag")
      .map(({ text, at }) => ({
        path: text.trim().split("."),
        guarded: false,
        dynamic: false,
        offset: at,
        length: text.length,
      }))
    return ok({
      source,
      references,
      issues: [],
      evaluate: (scope) => {
        let text = ""
        let missing: Fault | undefined
        for (const piece of pieces) {
          const value = piece.kind === "text" ? piece.text : lookup(scope, piece.text.trim())
          if (value === undefined && unknown === "refuse") {
            missing = new Fault(
              `failed to resolve {{${piece.text}}}`,
              piece.at,
              "run",
              "UnresolvedTag",
            )
          }
          if (piece.kind === "text") text += piece.text
          else if (value === undefined || (unknown === "keep" && piece.text.trim() === ""))
            text += `{{${piece.text}}}`
          else text += into === "json" ? goEscape(value) : value
        }
        return missing === undefined ? ok(text) : failed([issueOfThrown(missing, source)])
      },
    })
  } catch (thrown) {
    return failed([issueOfThrown(thrown, source)])
  }
}
