import { bindMethod } from "../expr/time-methods.js"
import { goSprintf } from "../go/printf.js"
import { compareUtf8 } from "../go/text.js"
import { Fault } from "../issue.js"
import type { FunctionTable } from "../sprig/define.js"
import { methodsOf } from "../values/time-types.js"
import {
  type CallContext,
  GoFunc,
  GoStruct,
  isList,
  isPlainMap,
  Special,
  typeOf,
  type Value,
} from "../values/value.js"
import { checkCount, fit, parameterOf } from "./arguments.js"
import { isTrue } from "./builtins.js"
import type { Command, Node, Operand, Pipeline, Place, Template } from "./node.js"

/** What happens at a key that a map does not have (`missingkey`). */
export type MissingKey = "default" | "zero" | "error"

/** Everything one run shares. */
export interface Run {
  readonly template: Template
  readonly functions: FunctionTable
  readonly missingKey: MissingKey
  readonly context: CallContext
  /** Text left before the budget is spent. */
  output: number
  steps: number
}

/** Variables by name, the innermost last. */
type Scope = { readonly name: string; value: Value }[]

interface Frame {
  readonly run: Run
  readonly scope: Scope
  readonly parts: string[]
  readonly depth: number
}

/** How a list of nodes ended. */
type Ending = "through" | "break" | "continue"

/** A key that is absent: prints `<no value>`, and so do its own fields. */
const absent = Symbol("absent")
type Found = Value | typeof absent

const depthMax = 200

/** Renders a template. Throws a `Fault` with the place of what failed. */
export function render(run: Run, data: Value): string {
  const parts: string[] = []
  walk({ run, scope: [{ name: "$", value: data }], parts, depth: 0 }, run.template.nodes, data)
  return parts.join("")
}

function spend(run: Run): void {
  if (--run.steps < 0) throw new Fault("the template takes too many steps", -1, "budget")
}

function write(frame: Frame, text: string): void {
  frame.run.output -= text.length
  if (frame.run.output < 0) throw new Fault("the template's text is too long", -1, "budget")
  frame.parts.push(text)
}

function walk(frame: Frame, nodes: readonly Node[], dot: Value): Ending {
  for (const node of nodes) {
    spend(frame.run)
    const ending = walkNode(frame, node, dot)
    if (ending !== "through") return ending
  }
  return "through"
}

function walkNode(frame: Frame, node: Node, dot: Value): Ending {
  switch (node.kind) {
    case "text":
      write(frame, node.text)
      return "through"
    case "action": {
      const value = pipeValue(frame, node.pipe, dot)
      if (node.pipe.variables.length === 0) write(frame, printed(value))
      return "through"
    }
    case "if":
    case "with":
      return choose(frame, node, dot)
    case "range":
      return loop(frame, node, dot)
    case "template":
      callTemplate(frame, node, dot)
      return "through"
    default:
      return node.kind
  }
}

function printed(value: Found): string {
  if (value === absent || value === null) return "<no value>"
  if (value instanceof GoFunc) throw new Fault(`can't print ${value.type.name}`)
  return typeof value === "string" ? value : goSprintf("%v", [value])
}

/** Runs something with variables of its own. */
function scoped<T>(frame: Frame, action: () => T): T {
  const size = frame.scope.length
  try {
    return action()
  } finally {
    frame.scope.length = size
  }
}

type Control = Extract<Node, { kind: "if" | "with" | "range" }>

function choose(frame: Frame, node: Control, dot: Value): Ending {
  return scoped(frame, () => {
    const value = plain(pipeValue(frame, node.pipe, dot))
    if (!isTrue(value)) return walk(frame, node.otherwise, dot)
    return walk(frame, node.body, node.kind === "with" ? value : dot)
  })
}

function loop(frame: Frame, node: Control, dot: Value): Ending {
  return scoped(frame, () => {
    const { variables, isAssignment } = node.pipe
    const value = plain(pipeValue(frame, { ...node.pipe, variables: [] }, dot))
    const entries = entriesOf(value, node.pipe.place)
    const mark = frame.scope.length
    for (const [key, item] of entries) {
      spend(frame.run)
      frame.scope.length = mark
      bindLoop(frame, variables, { isAssignment, key, item })
      const ending = walk(frame, node.body, item)
      if (ending === "break") break
    }
    frame.scope.length = mark
    return entries.length === 0 ? walk(frame, node.otherwise, dot) : "through"
  })
}

interface Turn {
  readonly isAssignment: boolean
  readonly key: Value
  readonly item: Value
}

function bindLoop(frame: Frame, variables: readonly string[], turn: Turn): void {
  const values = variables.length === 1 ? [turn.item] : [turn.key, turn.item]
  for (const [index, name] of variables.entries()) {
    const value = values[index] as Value
    if (turn.isAssignment) assign(frame, name, value)
    else frame.scope.push({ name, value })
  }
}

/** What `range` goes over, with its keys. */
function entriesOf(value: Value, place: Place): readonly (readonly [Value, Value])[] {
  if (value === null) return []
  if (isList(value)) return value.map((item, index) => [BigInt(index), item] as const)
  if (isPlainMap(value)) {
    return Object.keys(value)
      .toSorted(compareUtf8)
      .map((key) => [key, value[key] as Value] as const)
  }
  return failAt(place, `range can't iterate over ${goSprintf("%v", [value])}`)
}

function failAt(place: Place, message: string): never {
  throw new Fault(`executing at <${place.text}>: ${message}`, place.offset)
}

/** Gives a fault without a place the one where it happened. */
function placed<T>(place: Place, action: () => T): T {
  try {
    return action()
  } catch (thrown) {
    const isBare = thrown instanceof Fault && thrown.offset < 0 && thrown.phase === "run"
    if (isBare) return failAt(place, thrown.message)
    throw thrown
  }
}

type Call = Extract<Node, { kind: "template" }>

function callTemplate(frame: Frame, node: Call, dot: Value): void {
  const { run, depth } = frame
  const nodes = run.template.defined.get(node.name)
  if (nodes === undefined) return failAt(node.place, `template "${node.name}" not defined`)
  if (depth >= depthMax) {
    throw new Fault("templates call each other too deeply", node.place.offset, "budget")
  }
  const value = node.pipe === undefined ? null : plain(pipeValue(frame, node.pipe, dot))
  walk({ ...frame, scope: [{ name: "$", value }], depth: depth + 1 }, nodes, value)
}

function plain(value: Found): Value {
  return value === absent ? null : value
}

function assign(frame: Frame, name: string, value: Value): void {
  const found = frame.scope.findLast((variable) => variable.name === name)
  if (found === undefined) throw new Fault(`undefined variable: ${name}`)
  found.value = value
}

function pipeValue(frame: Frame, pipe: Pipeline, dot: Value): Found {
  let value: Found | undefined
  for (const command of pipe.commands) value = commandValue(frame, command, dot, value)
  const result = value ?? null
  for (const name of pipe.variables) {
    if (pipe.isAssignment) assign(frame, name, plain(result))
    else frame.scope.push({ name, value: plain(result) })
  }
  return result
}

/** One command; `last` is what the command before it came to, and its last argument. */
function commandValue(frame: Frame, command: Command, dot: Value, last: Found | undefined): Found {
  spend(frame.run)
  const [first, ...rest] = command.operands
  const given = { operands: rest, last: last === undefined ? undefined : plain(last) }
  switch (first.kind) {
    case "function":
      return callFunction(frame, first, dot, { ...given, place: command.place })
    case "field":
      return fields(frame, dot, first.names, { dot, place: first.place, ...given })
    case "variable":
      return fields(frame, variable(frame, first.name), first.names, {
        dot,
        place: first.place,
        ...given,
      })
    case "chain":
      return fields(frame, plain(operandValue(frame, first.of, dot)), first.names, {
        dot,
        place: first.place,
        ...given,
      })
    default:
      return alone(frame, first, dot, given)
  }
}

interface Given {
  readonly operands: readonly Operand[]
  readonly last: Value | undefined
}

/** What is no function takes no arguments. */
function alone(frame: Frame, first: Operand, dot: Value, { operands, last }: Given): Found {
  if (operands.length > 0 || last !== undefined) {
    return failAt(first.place, `can't give argument to non-function ${first.place.text}`)
  }
  if (first.kind === "nil") return failAt(first.place, "nil is not a command")
  return operandValue(frame, first, dot)
}

function variable(frame: Frame, name: string): Value {
  const found = frame.scope.findLast((each) => each.name === name)
  if (found === undefined) throw new Fault(`undefined variable: ${name}`)
  return found.value
}

function operandValue(frame: Frame, operand: Operand, dot: Value): Found {
  switch (operand.kind) {
    case "dot":
      return dot
    case "nil":
      return null
    case "constant":
      return operand.value
    case "pipe":
      return scoped(frame, () => pipeValue(frame, operand.pipe, dot))
    default:
      return commandValue(frame, { operands: [operand], place: operand.place }, dot, undefined)
  }
}

interface FieldCall extends Given {
  readonly dot: Value
  readonly place: Place
}

function fields(frame: Frame, base: Value, names: readonly string[], call: FieldCall): Found {
  let current: Found = base
  for (const [index, name] of names.entries()) {
    const isLast = index === names.length - 1
    const given = isLast ? call : { ...call, operands: [], last: undefined }
    current = placed(call.place, () => field(frame, current, name, given))
  }
  const hasArguments = call.operands.length > 0 || call.last !== undefined
  if (names.length === 0 && hasArguments) {
    return failAt(call.place, `can't give argument to non-function ${call.place.text}`)
  }
  return current
}

function field(frame: Frame, base: Found, name: string, call: FieldCall): Found {
  if (base === absent) return absent
  if (base === null) throw new Fault(`nil pointer evaluating interface {}.${name}`)
  const method = base instanceof Special ? methodOf(base, name) : undefined
  if (method !== undefined) return invoke(frame, name, method, { ...call, place: call.place })
  const hasArguments = call.operands.length > 0 || call.last !== undefined
  if (base instanceof GoStruct && base.fields.has(name)) return base.fields.get(name) as Value
  if (!(base instanceof Special) && isPlainMap(base)) {
    if (hasArguments) throw new Fault(`${name} is not a method but has arguments`)
    return Object.hasOwn(base, name) ? (base[name] as Value) : missing(frame, name)
  }
  const type = base instanceof Special ? typeOf(base).name : "interface {}"
  throw new Fault(`can't evaluate field ${name} in type ${type}`)
}

function methodOf(base: Special, name: string): GoFunc | undefined {
  if (base instanceof GoStruct) return base.methods.get(name)
  if (methodsOf(base.type)?.has(name) !== true) return undefined
  const method = bindMethod(base, name)
  return method instanceof GoFunc ? method : undefined
}

function missing({ run }: Frame, name: string): Found {
  if (run.missingKey === "error")
    throw new Fault(`map has no entry for key ${JSON.stringify(name)}`)
  return run.missingKey === "zero" ? null : absent
}

interface FunctionCall extends Given {
  readonly place: Place
}

type Named = Extract<Operand, { kind: "function" }>

function callFunction(frame: Frame, callee: Named, dot: Value, call: FunctionCall): Value {
  const { name } = callee
  if (name === "and" || name === "or") return shortCircuit(frame, name, dot, call)
  const found = Object.hasOwn(frame.run.functions, name) ? frame.run.functions[name] : undefined
  if (found === undefined)
    return failAt(callee.place, `${JSON.stringify(name)} is not a defined function`)
  return invoke(frame, name, found, { ...call, dot })
}

/** `and` and `or` give the operand that decides, and look no further. */
function shortCircuit(
  frame: Frame,
  name: "and" | "or",
  dot: Value,
  { operands, last, place }: FunctionCall,
): Value {
  const count = operands.length + (last === undefined ? 0 : 1)
  if (count === 0) {
    return failAt(place, `wrong number of args for ${name}: want at least 1 got 0`)
  }
  let value: Value = null
  for (const operand of operands) {
    value = plain(operandValue(frame, operand, dot))
    if (isTrue(value) === (name === "or")) return value
  }
  return last ?? value
}

function invoke(frame: Frame, name: string, callee: GoFunc, call: FieldCall): Value {
  const { operands, last, place, dot } = call
  placed(place, () => checkCount(name, callee, operands.length + (last === undefined ? 0 : 1)))
  const args = operands.map((operand, index) => {
    const value = plain(operandValue(frame, operand, dot))
    const isConstant = operand.kind === "constant"
    return placed(operand.place, () => fit(value, parameterOf(callee, index), isConstant))
  })
  if (last !== undefined) {
    args.push(placed(place, () => fit(last, parameterOf(callee, args.length), false)))
  }
  try {
    return callee.call(args, frame.run.context)
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.phase !== "run") throw thrown
    return failAt(place, `error calling ${name}: ${thrown.message}`)
  }
}
