import { compileWhen } from "@argo-ts/expr/govaluate"
import type { IssuePath } from "@argo-ts/kernel"
import { checkExpression, checkPhase, type PlacedExpression, reportAbsent } from "./expressions.js"
import type { Scope } from "./scope.js"
import { type PlacedText, textsOf } from "./walk.js"
import { hasTag, report, type Unit, type World } from "./world.js"

/** A tag of a text. */
export interface Tag {
  readonly name: string
  readonly end: number
  readonly start: number
}

/** Every tag of a text, in order. */
export function tagsOf(text: string): readonly Tag[] {
  const tags: Tag[] = []
  let from = 0
  for (;;) {
    const start = text.indexOf("{{", from)
    const end = start < 0 ? -1 : text.indexOf("}}", start + 2)
    if (end < 0) return tags
    tags.push({ name: text.slice(start + 2, end), start, end: end + 2 })
    from = end + 2
  }
}

/** Upstream leaves tags with other first words as they are: they may belong to another tool. */
const knownRoots = /^(item|steps|inputs|outputs|pod|workflow|tasks|node|retries|lastRetry)(\.|$)/

/** A value that holds texts. */
export interface PlacedValue {
  readonly path: IssuePath
  readonly value: unknown
}

/** Judges every tag of every text inside a value. */
export function checkTexts(
  world: World,
  unit: Unit,
  { path, value }: PlacedValue,
  scope: Scope,
): void {
  for (const text of textsOf(path, value)) checkText(world, unit, text, scope)
}

/** Judges an expression of a template. Tags in it are replaced first, by what only a run can tell: then they alone are judged. */
export function checkTemplated(
  world: World,
  unit: Unit,
  { path, source }: PlacedExpression,
  scope: Scope,
): void {
  if (hasTag(source)) checkText(world, unit, { path, text: source }, scope)
  else checkExpression(world, unit, { path, source }, scope)
}

/** Judges every tag of a text. */
export function checkText(
  world: World,
  unit: Unit,
  { path, text }: PlacedText,
  scope: Scope,
): void {
  for (const { name } of tagsOf(text)) {
    if (name.startsWith("=")) {
      checkExpression(world, unit, { path, source: name.slice(1) }, scope)
      continue
    }
    const shown = name.trim()
    if (shown.includes("{{") || !knownRoots.test(shown)) continue
    const sight = scope(shown.split("."))
    if (sight?.is === "unknown") {
      const message = `failed to resolve {{${shown}}}: ${sight.message}`
      report(world, unit, path, { code: "UnresolvedTag", message, hint: sight.hint })
    } else if (sight?.is === "value" && sight.absent !== undefined) {
      reportAbsent(world, unit, path, {
        shown: `{{${shown}}}`,
        why: sight.absent,
        isExpression: false,
      })
    }
  }
}

/** Tags of other tools, where nothing is left to them: what the items of a loop are given has to resolve. */
export function checkForeignTags(world: World, unit: Unit, { path, value }: PlacedValue): void {
  for (const { path: at, text } of textsOf(path, value)) {
    for (const { name } of tagsOf(text)) {
      const shown = name.trim()
      if (name.startsWith("=") || shown.includes("{{") || knownRoots.test(shown)) continue
      const message = `failed to resolve {{${shown}}}: in a loop every tag has to stand for something`
      report(world, unit, at, { code: "UnresolvedTag", message })
    }
  }
}

/** Holds the phases that a `when` compares with against those that exist. */
export function checkWhenPhases(
  world: World,
  unit: Unit,
  { path, text }: PlacedText,
  scope: Scope,
): void {
  for (const { name, start, end } of tagsOf(text)) {
    if (name.startsWith("=")) continue
    const sight = scope(name.trim().split("."))
    if (sight?.is !== "value" || sight.phases === undefined) continue
    const right = /^["']?\s*(?:==|!=)\s*["']?([A-Za-z][-\w]*)/.exec(text.slice(end))?.[1]
    const left = /([A-Za-z][-\w]*)["']?\s*(?:==|!=)\s*["']?$/.exec(text.slice(0, start))?.[1]
    const list = /^["']?\s+in\s*\(([^)]*)\)/.exec(text.slice(end))?.[1] ?? ""
    const members = [...list.matchAll(/[A-Za-z][-\w]*/g)].map(([member]) => member)
    for (const found of [right, left, ...members]) {
      if (found === undefined) continue
      checkPhase(world, unit, path, {
        shown: `{{${name.trim()}}}`,
        text: found,
        phases: sight.phases,
      })
    }
  }
}

/** What a tag of a condition may stand for: a number, a word, a truth. */
const stands = ["1", "x", "true"]

/** A condition with tags has to be one whatever they stand for; without, validation has read it. */
export function checkWhenForm(world: World, unit: Unit, { path, text }: PlacedText): void {
  // Side by side, a tag may stand for an operator.
  if (!text.includes("{{") || /\}\}\s*\{\{/.test(text)) return
  const tags = tagsOf(text)
  const readings = stands.map((word) => {
    let shown = text
    for (const { start, end } of tags.toReversed()) {
      shown = shown.slice(0, start) + word + shown.slice(end)
    }
    return compileWhen(shown)
  })
  const [first] = readings
  if (first === undefined || first.ok || readings.some(({ ok }) => ok)) return
  const reason = (first.issues[0]?.message ?? "").replace(/^Invalid 'when' expression '.*': /s, "")
  const message = `is no condition, whatever its tags stand for: ${reason}`
  report(world, unit, path, { code: "InvalidExpression", message })
}

/** A list that is written out is JSON. */
export function checkList(world: World, unit: Unit, { path, text }: PlacedText): void {
  if (text.trim() === "" || text.includes("{{")) return
  let isList = false
  try {
    isList = Array.isArray(JSON.parse(text))
  } catch {
    isList = false
  }
  if (isList) return
  report(world, unit, path, { code: "InvalidValue", message: "expected a JSON list" })
}
