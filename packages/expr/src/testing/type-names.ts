import {
  anyType,
  boolType,
  errorType,
  float32Type,
  float64Type,
  funcOf,
  type GoType,
  int8Type,
  int16Type,
  int32Type,
  int64Type,
  intType,
  mapOf,
  pointerTo,
  sliceOf,
  stringType,
  uint8Type,
  uint16Type,
  uint32Type,
  uint64Type,
  uintType,
} from "../values/types.js"

const basics: ReadonlyMap<string, GoType> = new Map(
  [
    anyType,
    stringType,
    boolType,
    intType,
    int8Type,
    int16Type,
    int32Type,
    int64Type,
    uintType,
    uint8Type,
    uint16Type,
    uint32Type,
    uint64Type,
    float32Type,
    float64Type,
  ].map((type) => [type.name, type]),
)

/** Types by their Go names; structs are known once one was seen. */
export interface TypeNames {
  named(name: string): GoType
  /** The type of a function as Go prints it: `func(int, ...string) (bool, error)`. */
  func(signature: string): GoType
  /** A struct's type, made the first time. */
  struct(name: string, make: () => GoType): GoType
}

/** Type names of one run. */
export function createTypeNames(): TypeNames {
  const structs = new Map<string, GoType>()
  const named = (name: string): GoType => {
    const known = basics.get(name) ?? structs.get(name)
    if (known !== undefined) return known
    if (name.startsWith("[]")) return sliceOf(named(name.slice(2)))
    if (name.startsWith("*")) return pointerTo(named(name.slice(1)))
    const map = /^map\[([^\]]*)\](.*)$/.exec(name)
    if (map !== null) return mapOf(named(map[1] ?? ""), named(map[2] ?? ""))
    return lateStruct(name, () => structs.get(name))
  }
  const results = (text: string): readonly GoType[] =>
    splitTypes(text.startsWith("(") ? text.slice(1, -1) : text).map((name) =>
      name === "error" ? errorType : named(name),
    )
  return {
    named,
    func(signature) {
      const close = closing(signature, 4)
      const written = splitTypes(signature.slice(5, close))
      const variadic = written.at(-1)?.startsWith("...") === true
      const params = written.map((name) => named(name.replace("...", "")))
      const tail = signature.slice(close + 1).trim()
      return funcOf({ params, results: tail === "" ? [] : results(tail), variadic })
    },
    struct(name, make) {
      const known = structs.get(name)
      if (known !== undefined) return known
      const made = make()
      structs.set(name, made)
      return made
    },
  }
}

/** A struct that is named before it is seen: its fields are those that it has then. */
function lateStruct(name: string, find: () => GoType | undefined): GoType {
  const type = { kind: "struct", name } as const
  return Object.defineProperties(type, {
    fields: { get: () => find()?.fields, enumerable: true },
    methods: { get: () => find()?.methods, enumerable: true },
  })
}

function splitTypes(text: string): readonly string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at <= text.length; at++) {
    const char = text[at] ?? ","
    if ("([{".includes(char)) depth++
    else if (")]}".includes(char)) depth--
    else if (char === "," && depth === 0) {
      parts.push(text.slice(start, at).trim())
      start = at + 1
    }
  }
  return parts.filter((part) => part !== "")
}

function closing(text: string, at: number): number {
  let depth = 0
  for (let index = at; index < text.length; index++) {
    if (text[index] === "(") depth++
    else if (text[index] === ")" && --depth === 0) return index
  }
  return text.length
}
