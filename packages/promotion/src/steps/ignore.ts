import { compileGlob, type TextPattern } from "../api/glob.js"

interface Rule {
  readonly pattern: TextPattern
  readonly isTakenBack: boolean
  readonly isForDirectories: boolean
}

function ruleOf(line: string): Rule | undefined {
  // Blanks at the end do not count, unless they are escaped.
  const text = line.replace(/(?<!\\)\s+$/, "")
  if (text === "" || text.startsWith("#")) return undefined
  const isTakenBack = text.startsWith("!")
  const rest = isTakenBack ? text.slice(1) : text
  const isForDirectories = rest.endsWith("/")
  const glob = isForDirectories ? rest.slice(0, -1) : rest
  // A pattern with a slash before its end begins at the root; any other fits at every depth.
  const isRooted = glob.includes("/")
  const pattern = compileGlob(isRooted ? glob.replace(/^\//, "") : `**/${glob}`)
  return pattern === undefined ? undefined : { pattern, isTakenBack, isForDirectories }
}

/**
 * The rules of a gitignore text: the last that fits decides, a leading `!` takes back, a `/` at the end is for
 * directories only. Lines that are no pattern ignore nothing, as in git.
 */
export function ignoreRules(text: string): (path: string, isDirectory: boolean) => boolean {
  const rules = text.split("\n").flatMap((line) => ruleOf(line) ?? [])
  return (path, isDirectory) => {
    const fits = ({ pattern, isForDirectories }: Rule): boolean =>
      (isDirectory || !isForDirectories) && pattern.test(path)
    return rules.findLast(fits)?.isTakenBack === false
  }
}
