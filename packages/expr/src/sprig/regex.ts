import { compilePattern, type Pattern } from "../regexp/index.js"
import type { Value } from "../values/value.js"
import { aliases, define, type FunctionTable, int, text, textList } from "./define.js"

/** The pattern of an argument; a malformed one fails the template. */
function pattern(args: readonly Value[]): Pattern {
  return compilePattern(text(args, 0))
}

function matches(args: readonly Value[]): boolean {
  return pattern(args).test(text(args, 1))
}

const plain: FunctionTable = {
  mustRegexMatch: define("ss", matches),
  regexFind: define("ss", (args) => pattern(args).matches(text(args, 1), 1)[0]?.groups[0] ?? ""),
  regexFindAll: define("ssi", (args) => {
    const limit = int(args, 2)
    const found = pattern(args).matches(text(args, 1), limit < 0 ? Infinity : limit)
    return textList(found.map(({ groups }) => groups[0] ?? ""))
  }),
  regexMatch: define("ss", (args) => {
    try {
      return matches(args)
    } catch {
      return false
    }
  }),
  regexQuoteMeta: define("s", (args) => text(args, 0).replace(/[\\.+*?()|[\]{}^$]/g, "\\$&")),
  regexReplaceAll: define("sss", (args) => pattern(args).replace(text(args, 1), text(args, 2))),
  regexReplaceAllLiteral: define("sss", (args) =>
    pattern(args).replace(text(args, 1), text(args, 2), true),
  ),
  regexSplit: define("ssi", (args) => textList(pattern(args).split(text(args, 1), int(args, 2)))),
}

/** Regular expressions. */
export const regexFunctions: FunctionTable = {
  ...plain,
  ...aliases(plain, {
    mustRegexFind: "regexFind",
    mustRegexFindAll: "regexFindAll",
    mustRegexReplaceAll: "regexReplaceAll",
    mustRegexReplaceAllLiteral: "regexReplaceAllLiteral",
    mustRegexSplit: "regexSplit",
  }),
}
