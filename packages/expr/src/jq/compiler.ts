import { Fault } from "../issue.js"
import type { Node } from "./ast.js"
import type { Closure, Env, Filter } from "./filter.js"
import type { Machine } from "./machine.js"

/** A function of the program: its body is there once it is compiled. */
export interface Callee {
  readonly params: readonly string[]
  body: Filter | undefined
  /** Names of parameters that the body runs as filters; the others are needed as values only. */
  readonly filters: Set<string>
}

/** What a name means at a place of the source. */
export interface Scope {
  readonly kind: "root" | "variable" | "label" | "parameter" | "function"
  readonly name: string
  /** Entries of the environment at this place, the one of this name included. */
  readonly depth: number
  readonly callee: Callee | undefined
  readonly up: Scope | undefined
}

/** The scope of a whole program. */
export const rootScope: Scope = {
  kind: "root",
  name: "",
  depth: 0,
  callee: undefined,
  up: undefined,
}

/** What compiles nodes. */
export interface Compiler {
  readonly machine: Machine
  readonly compile: (node: Node, scope: Scope) => Filter
}

/** A scope with a variable, label or parameter that has an entry in the environment. */
export function withEntry(
  scope: Scope,
  kind: "variable" | "label" | "parameter",
  name: string,
): Scope {
  return { kind, name, depth: scope.depth + 1, callee: undefined, up: scope }
}

/** A scope with a function; it has no entry in the environment. */
export function withFunction(scope: Scope, name: string, callee: Callee): Scope {
  return { kind: "function", name, depth: scope.depth, callee, up: scope }
}

/** The nearest thing of a kind and a name. */
export function findScope(scope: Scope, kind: Scope["kind"], name: string): Scope | undefined {
  let at: Scope | undefined = scope
  while (at !== undefined && !(at.kind === kind && at.name === name)) at = at.up
  return at
}

/** What a call means: a parameter, or a function with so many parameters. */
export function findCallee(scope: Scope, name: string, size: number): Scope | undefined {
  let at: Scope | undefined = scope
  for (; at !== undefined; at = at.up) {
    if (at.name !== name) continue
    if (at.kind === "parameter" && size === 0) return at
    if (at.kind === "function" && at.callee?.params.length === size) return at
  }
  return undefined
}

/** The environment so many entries up. */
export function upBy(env: Env, hops: number): Env {
  let at = env
  for (let left = hops; left > 0; left--) at = at.up ?? at
  return at
}

/** An environment with a value. */
export function bindValue(env: Env, value: Env["value"]): Env {
  return { value, closure: undefined, up: env }
}

/** An environment with a filter. */
export function bindClosure(env: Env, closure: Closure): Env {
  return { value: null, closure, up: env }
}

/** Something that has no meaning at its place. */
export function undefinedName(what: string, name: string, offset: number): Fault {
  return new Fault(`${what} not defined: ${name}`, offset, "check")
}
