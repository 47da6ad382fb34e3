import { unreachable } from "@argo-ts/kernel"
import { negate, operation } from "./arithmetic.js"
import type { Node } from "./ast.js"
import { compileAssign } from "./compile-assign.js"
import { compileBind, compileFold, compileLabel } from "./compile-bind.js"
import { compileCall, compileDefinition } from "./compile-call.js"
import {
  compileAlternative,
  compileIf,
  compileLogic,
  compilePipe,
  compileTry,
} from "./compile-flow.js"
import { compileAccess, compileOptional, isAccess } from "./compile-path.js"
import { compileFormat, compileObject, compileText } from "./compile-text.js"
import { type Compiler, findScope, rootScope, type Scope, undefinedName, upBy } from "./compiler.js"
import { Break } from "./fault.js"
import { each, type Filter, lift, many, none, selector, settle, single } from "./filter.js"
import { grow, type Machine } from "./machine.js"
import { recurseValues } from "./recurse.js"
import type { JqValue } from "./value.js"

/** Compiles a program to closures that draw on a machine. Throws a `Fault` for names that mean nothing. */
export function compileNode(program: Node, machine: Machine): Filter {
  const compiler: Compiler = { machine, compile: (node, scope) => compile(compiler, node, scope) }
  return compiler.compile(program, rootScope)
}

/** `.`: what it is given. */
export const identity: Filter = selector(
  "one",
  (_env, input) => input,
  (_env, input, path, emit) => emit(input, path),
)

function compile(compiler: Compiler, node: Node, scope: Scope): Filter {
  const at = (inner: Node): Filter => compiler.compile(inner, scope)
  switch (node.kind) {
    case "identity":
      return identity
    case "recurse":
      return recurseValues(compiler.machine)
    case "literal":
      return constant(node.value)
    case "text":
      return compileText(compiler, node, scope)
    case "format":
      return compileFormat(compiler, node.name)
    case "index":
    case "slice":
    case "iterate":
      return compileAccess(compiler, node, at(node.target), scope)
    case "array":
      return collect(compiler.machine, node.body && at(node.body))
    case "object":
      return compileObject(compiler, node, scope)
    case "negate":
      return lift([at(node.operand)], (_input, [value = null]) => negate(value, node.isPlus))
    case "pipe":
      return compilePipe(at(node.left), at(node.right))
    case "comma":
      return comma(at(node.left), at(node.right))
    case "binary":
      return binary(at(node.left), at(node.right), operation(node.operator, compiler.machine))
    case "choice":
      return node.operator === "//"
        ? compileAlternative(at(node.left), at(node.right))
        : compileLogic(at(node.left), at(node.right), node.operator)
    case "assign":
      return compileAssign(compiler, node, scope)
    case "variable":
      return variable(compiler, node.name, node.offset, scope)
    case "call":
      return compileCall(compiler, node, scope)
    case "if":
      return compileIf(
        at(node.condition),
        at(node.then),
        node.otherwise ? at(node.otherwise) : identity,
      )
    case "try":
      return node.isNarrow && isAccess(node.body)
        ? compileOptional(compiler, node.body, scope)
        : compileTry(at(node.body), node.handler && at(node.handler))
    case "bind":
      return compileBind(compiler, node, scope)
    case "reduce":
    case "foreach":
      return compileFold(compiler, node, scope)
    case "label":
      return compileLabel(compiler, node, scope)
    case "break":
      return breakTo(node.name, node.offset, scope)
    case "define":
      return compileDefinition(compiler, node, scope)
    default:
      return unreachable(node)
  }
}

function constant(value: JqValue): Filter {
  return single("one", () => value)
}

/** `[body]`: all outputs as one array. */
export function collect(machine: Machine, body: Filter | undefined): Filter {
  if (body === undefined) return single("one", () => [])
  return single("one", (env, input) => {
    const items: JqValue[] = []
    each(body, env, input, (value) => {
      grow(machine, 1)
      items.push(value)
      return true
    })
    return items
  })
}

function comma(left: Filter, right: Filter): Filter {
  return many(
    (env, input, path, emit) =>
      settle(left.run(env, input, path, emit)) && right.run(env, input, path, emit),
  )
}

/** An operator of two values; the right operand varies slowest. */
function binary(
  left: Filter,
  right: Filter,
  apply: (left: JqValue, right: JqValue) => JqValue,
): Filter {
  if (left.outputs === "many" || right.outputs === "many") {
    return lift([left, right], (_input, [a = null, b = null]) => apply(a, b))
  }
  const outputs = left.outputs === "one" && right.outputs === "one" ? "one" : "maybe"
  return single(outputs, (env, input) => {
    const b = right.compute(env, input)
    if (b === none) return none
    const a = left.compute(env, input)
    return a === none ? none : apply(a, b)
  })
}

function variable(compiler: Compiler, name: string, offset: number, scope: Scope): Filter {
  const found = findScope(scope, "variable", name)
  if (found === undefined) {
    if (name === "$ENV") return single("one", () => compiler.machine.env)
    throw undefinedName("variable", name, offset)
  }
  const hops = scope.depth - found.depth
  if (hops === 0) return single("one", (env) => env.value)
  return single("one", (env) => upBy(env, hops).value)
}

function breakTo(name: string, offset: number, scope: Scope): Filter {
  const found = findScope(scope, "label", name)
  if (found === undefined) throw undefinedName("label", name, offset)
  const hops = scope.depth - found.depth
  return single("maybe", (env) => {
    throw new Break(upBy(env, hops))
  })
}
