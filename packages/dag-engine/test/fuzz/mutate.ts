import type { RandomStream } from "@argo-ts/kernel"

/** A document that is about to be spoilt. */
type Node = { [key: string]: unknown }

const deep: unknown = JSON.parse(`${"[".repeat(3000)}${"]".repeat(3000)}`)

/** What nobody expects. */
const hostile: readonly unknown[] = [
  null,
  true,
  "",
  0,
  -1,
  1e308,
  2 ** 53,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  [],
  {},
  "a".repeat(20_000),
  "\u0000\ud800",
  "__proto__",
  "constructor",
  "{{",
  "{{=",
  "{{=1/0}}",

  "{{item}}",
  "{{workflow.parameters.count}}",
  "{{=asInt('x')}}",
  "{{= [1][9] }}",
  "{{steps.x.outputs.result}}",

  "9999999999999h",
  "-5m",
  "1e9",
  "1Gi",
  "100000000000Ei",
  "*/0 * * * *",
  "0 0 31 2 *",
  "60 25 * * *",
  "a && (b",
  "!!!a",
  "a.Nothing",
  "(".repeat(500),
  "x in (",
  "100000000",
  "2147483648",
  deep,
  JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
]

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null
}

/** Every place of a document: who holds it, and under which key. */
function placesOf(root: Node): readonly (readonly [Node, string])[] {
  const places: (readonly [Node, string])[] = []
  const open: Node[] = [root]
  for (let node = open.pop(); node !== undefined && places.length < 5000; node = open.pop()) {
    for (const key of Object.keys(node)) {
      places.push([node, key])
      const inner = node[key]
      if (isNode(inner)) open.push(inner)
    }
  }
  return places
}

function mutateText(text: string, random: RandomStream): string {
  const at = random.integer(text.length + 1)
  const more = ["{{", "}}", "=", "(", ")", "'", '"', "\\", ".", "&&", "|", "é", "\n", "%", "-", "9"]
  switch (random.integer(4)) {
    case 0:
      return text.slice(0, at)
    case 1:
      return text.slice(0, at) + text.slice(at + 1)
    case 2:
      return text.slice(0, at) + text + text.slice(at)
    default:
      return text.slice(0, at) + (more[random.integer(more.length)] ?? "") + text.slice(at)
  }
}

function put(node: Node, key: string, value: unknown): void {
  Object.defineProperty(node, key, { value, enumerable: true, configurable: true, writable: true })
}

function mutateOnce(root: Node, random: RandomStream): void {
  const places = placesOf(root)
  const pick = (): readonly [Node, string] =>
    places[random.integer(places.length)] ?? [root, "spec"]
  const [node, key] = pick()
  const value = node[key]
  switch (random.integer(10)) {
    case 0:
      if (Array.isArray(node)) node.splice(Number(key), 1)
      else delete node[key]
      return
    case 1:
      if (Array.isArray(node)) node.push(structuredClone(value))
      else put(node, `${key}x`, structuredClone(value))
      return
    case 2: {
      const [other, otherKey] = pick()
      put(node, key, structuredClone(other[otherKey]))
      return
    }
    case 3:
      put(node, Array.isArray(node) ? key : "__proto__", structuredClone(value))
      return
    case 4:
      put(node, key, hostile[random.integer(hostile.length)])
      return
    default:
      if (typeof value === "string") put(node, key, mutateText(value, random))
      else if (typeof value === "number") put(node, key, -value * 1000)
      else put(node, key, hostile[random.integer(hostile.length)])
  }
}

/** A copy with one or two things wrong: structure, types, texts, values. */
export function mutate(document: unknown, random: RandomStream): unknown {
  const mutant = structuredClone(document)
  if (isNode(mutant))
    for (let left = random.integer(2); left >= 0; left--) mutateOnce(mutant, random)
  return mutant
}
