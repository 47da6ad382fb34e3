// Mutates sources of the little languages; whatever comes out, each gives a result and never a throw.
import { createRandomStreams } from "@argo-ts/kernel"

const pieces = [
  ..."(){}[]<>.,:;|&!?#$%^*+-/\\'\"`~=@ \n\t\0_09az",
  "__proto__",
  "constructor",
  "toString",
  "NaN",
  "-1",
  "1e999",
  "9223372036854775808",
  "\ud83d",
  "🎉",
  "é",
  "{{",
  "}}",
  "${{",
  "..",
  "&&",
  "||",
  "??",
  "nil",
  "null",
  "true",
  "end",
  "\\u0000",
  "(".repeat(60),
  "[".repeat(60),
  "a".repeat(200),
]

/** One to four changes of a source: pieces put in, characters taken out, parts doubled, swapped or taken from another. */
export function mutated(random, seeds) {
  const pick = (list) => list[Math.floor(random() * list.length)]
  let text = pick(seeds)
  for (let count = 1 + Math.floor(random() * 4); count > 0; count--) {
    const at = Math.floor(random() * (text.length + 1))
    const to = Math.min(text.length, at + Math.floor(random() * 12))
    const part = text.slice(at, to)
    switch (Math.floor(random() * 6)) {
      case 0:
        text = text.slice(0, at) + pick(pieces) + text.slice(at)
        break
      case 1:
        text = text.slice(0, at) + text.slice(to)
        break
      case 2:
        text = text.slice(0, to) + part.repeat(1 + Math.floor(random() * 3)) + text.slice(to)
        break
      case 3:
        text = text.slice(at) + text.slice(0, at)
        break
      case 4: {
        const other = pick(seeds)
        text = text.slice(0, at) + other.slice(Math.floor(random() * other.length))
        break
      }
      default:
        text = text.slice(0, at) + pick(pieces) + text.slice(to)
    }
  }
  return text
}

/** What is wrong with the results of one source; nothing is the aim. */
export function problemOf(run, source) {
  let results
  try {
    results = run(source)
  } catch (thrown) {
    return `threw ${thrown?.stack ?? JSON.stringify(thrown)}`
  }
  for (const result of results) {
    if (result?.ok === true) continue
    const isIssue = result?.ok === false && typeof result.issues?.[0]?.message === "string"
    if (!isIssue) return `gave ${JSON.stringify(result)} instead of a result`
  }
  return undefined
}

/** Runs `count` mutated sources of a language; gives what went wrong, and the slowest. */
export function fuzz({ name, language, count, seed, now = () => 0 }) {
  const stream = createRandomStreams(seed).stream(name)
  const random = () => stream.next()
  const problems = []
  let slowest = { ms: 0, source: "" }
  for (let index = 0; index < count; index++) {
    const source = mutated(random, language.seeds)
    const before = now()
    const problem = problemOf(language.run, source)
    const ms = now() - before
    if (ms > slowest.ms) slowest = { ms, source }
    if (problem !== undefined) problems.push({ source, problem })
  }
  return { problems, slowest }
}
