import { Fault } from "../issue.js"
import { GoMap, isNil, mapValue, Special, TypedNil, typeOf, type Value } from "../values/value.js"
import { fetch, ownValue, slice } from "./access.js"
import type { BinaryNode, MemberNode, Node } from "./ast.js"
import { callFunction, refuseNil, refuseOpenNil } from "./call.js"
import { compileBinary, requireBool } from "./compile-binary.js"
import { compileBuiltin } from "./compile-builtin.js"
import type { Evaluate } from "./frame.js"
import { negate } from "./operators.js"
import { outside, type Scope, unreadable } from "./scope.js"

/** Absence within an optional chain. Never leaves the chain. */
export const absent: Value = new TypedNil({ kind: "nil", name: "absent" })

/** Compiles a node to a closure. */
export function compileNode(node: Node, scope: Scope): Evaluate {
  switch (node.kind) {
    case "nil":
      return () => null
    case "bool":
    case "int":
    case "float":
    case "string":
    case "bytes":
    case "constant": {
      const { value } = node
      return () => value
    }
    case "ident":
      return compileName(node.name, node.at, scope)
    case "unary":
      return compileUnary(node, scope)
    case "binary":
      return compileBinary(node as BinaryNode, scope)
    case "chain":
      return compileChain(node.node, scope)
    case "member":
      return compileMember(node, scope)
    case "slice":
      return compileSlice(node, scope)
    case "call":
      return compileCall(node, scope)
    case "builtin":
      return compileBuiltin(node, scope)
    default:
      return compileStructure(node, scope)
  }
}

function compileStructure(
  node: Extract<Node, { kind: "pointer" | "let" | "conditional" | "sequence" | "array" | "map" }>,
  inner: Scope,
): Evaluate {
  const scope = outside(inner)
  switch (node.kind) {
    case "pointer":
      return compilePointer(node.name, node.at, scope)
    case "let": {
      const value = compileNode(node.value, scope)
      const slot = scope.slots.count++
      const body = compileNode(node.body, {
        ...scope,
        variables: new Map(scope.variables).set(node.name, slot),
      })
      return (frame) => {
        frame.slots[slot] = value(frame)
        return body(frame)
      }
    }
    case "conditional": {
      const condition = compileNode(node.condition, scope)
      const then = compileNode(node.then, scope)
      const otherwise = compileNode(node.otherwise, scope)
      const at = node.condition.at
      return (frame) => (requireBool(condition(frame), at) ? then(frame) : otherwise(frame))
    }
    case "sequence": {
      const parts = node.nodes.map((part) => compileNode(part, scope))
      return (frame) => {
        let value: Value = null
        for (const part of parts) value = part(frame)
        return value
      }
    }
    case "array": {
      const items = node.items.map((item) => compileNode(item, scope))
      return (frame) => {
        frame.charge(items.length)
        return items.map((item) => item(frame))
      }
    }
    default:
      return compileMap(node, scope)
  }
}

function compileMap(node: Extract<Node, { kind: "map" }>, scope: Scope): Evaluate {
  const pairs = node.pairs.map(({ key, value }) => ({
    key: compileNode(key, scope),
    value: compileNode(value, scope),
    at: key.at,
  }))
  return (frame) => {
    frame.charge(pairs.length)
    const entries: (readonly [string, Value])[] = []
    for (const pair of pairs) {
      const key = pair.key(frame)
      const value = pair.value(frame)
      if (typeof key !== "string") {
        throw new Fault(
          `interface conversion: interface {} is ${key === null ? "nil" : typeOf(key).name}, not string`,
          pair.at,
        )
      }
      entries.push([key, value])
    }
    return mapValue(entries.toReversed())
  }
}

function compileName(name: string, at: number, scope: Scope): Evaluate {
  const slot = scope.variables.get(name)
  if (slot !== undefined) return (frame) => frame.slots[slot] ?? null
  if (name === "$env") return (frame) => frame.env
  const isInherited = name in Object.prototype
  return (frame) => {
    const { env } = frame
    if (env === null) throw new Fault(`cannot fetch ${name} from <nil>`, at)
    if (env instanceof GoMap) return env.entries.get(name) ?? null
    const record = env as { readonly [key: string]: Value }
    const value = isInherited ? ownValue(record, name) : record[name]
    return value === undefined || typeof value === "function" ? null : value
  }
}

function compileUnary(node: Extract<Node, { kind: "unary" }>, inner: Scope): Evaluate {
  const operand = compileNode(node.node, outside(inner))
  const { at } = node
  if (node.op === "-") return (frame) => negate(operand(frame), at)
  if (node.op === "+") return operand
  return (frame) => !requireBool(operand(frame), at)
}

function compileChain(node: Node, scope: Scope): Evaluate {
  const inner = compileNode(node, { ...scope, inChain: true })
  return (frame) => {
    const value = inner(frame)
    // 1.15 gives the nil that ended the chain, with its type.
    if (scope.dialect === "1.15") return value === absent ? frame.chainEnd : value
    return isNil(value) ? null : value
  }
}

function compileMember(node: MemberNode, scope: Scope): Evaluate {
  const { at, optional } = node
  if (node.property.kind === "string" && !optional && !scope.inChain) {
    const fields = fieldsBelow(node)
    if (fields !== undefined) return compileFields(compileNode(fields.base, scope), fields.steps)
    return compileField(compileNode(node.node, scope), node.property.value, at)
  }
  const base = compileNode(node.node, scope)
  const key = compileNode(node.property, outside(scope))
  return (frame) => {
    const value = base(frame)
    if (value === absent) return absent
    if (optional && isNil(value)) {
      frame.chainEnd = value
      return absent
    }
    return fetch(value, key(frame), at)
  }
}

/** Names that a JavaScript array, text or object answers to by itself: these are looked up with care. */
function isTaken(name: string): boolean {
  return (
    name in Object.prototype ||
    name in Array.prototype ||
    name in Uint8Array.prototype ||
    /^\d/.test(name)
  )
}

interface FieldStep {
  readonly name: string
  readonly at: number
}

/** The plain fields that end in a member, where there are several: `a.b.c` is `b`, `c` of `a`. */
function fieldsBelow(
  node: MemberNode,
): { readonly base: Node; readonly steps: readonly FieldStep[] } | undefined {
  const steps: FieldStep[] = []
  let base: Node = node
  while (base.kind === "member" && base.property.kind === "string" && !base.optional) {
    const { value: name } = base.property
    if (isTaken(name)) break
    steps.push({ name, at: base.at })
    base = base.node
  }
  return steps.length < 2 ? undefined : { base, steps: steps.toReversed() }
}

/** Several fields one after the other, without a closure for each. */
function compileFields(base: Evaluate, steps: readonly FieldStep[]): Evaluate {
  return (frame) => {
    let value = base(frame)
    for (const { name, at } of steps) {
      const isPlain = typeof value === "object" && value !== null && !(value instanceof Special)
      const found = isPlain ? (value as { readonly [key: string]: Value })[name] : undefined
      const isThere = found !== undefined && typeof found !== "function"
      value = isThere ? found : fetch(value, name, at)
    }
    return value
  }
}

function compileField(base: Evaluate, name: string, at: number): Evaluate {
  if (isTaken(name)) return (frame) => fetch(base(frame), name, at)
  return (frame) => {
    const value = base(frame)
    if (typeof value === "object" && value !== null && !(value instanceof Special)) {
      const found = (value as { readonly [key: string]: Value })[name]
      if (found !== undefined && typeof found !== "function") return found
    }
    return fetch(value, name, at)
  }
}

function compileSlice(node: Extract<Node, { kind: "slice" }>, inner: Scope): Evaluate {
  const scope = outside(inner)
  const base = compileNode(node.node, scope)
  const from = node.from === undefined ? undefined : compileNode(node.from, scope)
  const to = node.to === undefined ? undefined : compileNode(node.to, scope)
  const { at } = node
  return (frame) => {
    const value = base(frame)
    const end = to?.(frame)
    return slice(value, from?.(frame), end, at)
  }
}

function compileCall(node: Extract<Node, { kind: "call" }>, scope: Scope): Evaluate {
  const callee = compileNode(node.callee, scope)
  const args = node.args.map((arg) => compileNode(arg, outside(scope)))
  const { at } = node
  const isTyped = node.callee.type?.kind === "func"
  return (frame) => {
    const value = callee(frame)
    if (value === absent) return absent
    const given = args.map((arg) => arg(frame))
    if (isTyped) refuseNil(value, given, at)
    if (scope.dialect === "1.15") refuseOpenNil(value, given, at)
    return callFunction(value, given, frame, at)
  }
}

function compilePointer(name: string, at: number, scope: Scope): Evaluate {
  const predicate = scope.predicate
  if (predicate === undefined)
    throw new Fault("cannot use pointer accessor outside predicate", at, "check")
  if (name === "") {
    return (frame) => {
      const value = frame.slots[predicate.item] ?? null
      if (value === unreadable)
        throw new Fault("reflect: call of reflect.Value.Index on map Value", at)
      return value
    }
  }
  if (name === "index") return (frame) => frame.slots[predicate.index] ?? null
  if (name === "acc") return (frame) => frame.slots[predicate.accumulator] ?? null
  throw new Fault(`unknown pointer #${name}`, at, "check")
}
