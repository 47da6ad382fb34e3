import type { Node } from "../src/expr/ast.js"

function list(nodes: readonly Node[]): string {
  return nodes.map((node) => printExpr(node)).join(", ")
}

function printFloat(value: number): string {
  const text = String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}

function printBytes(bytes: Uint8Array): string {
  return `b"${[...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}"`
}

/** What a member or a slice is taken of: simple things stand alone, all others in parentheses. */
function printBase(node: Node): string {
  const text = printExpr(node)
  return node.kind === "int" || node.kind === "float" ? `(${text})` : text
}

/** Writes a tree of expr-lang as a source that reads as the same tree. */
export function printExpr(node: Node): string {
  switch (node.kind) {
    case "nil":
      return "nil"
    case "bool":
    case "int":
      return String(node.value)
    case "float":
      return printFloat(node.value)
    case "string":
      return JSON.stringify(node.value)
    case "bytes":
      return printBytes(node.value)
    case "ident":
      return node.name
    case "pointer":
      return `#${node.name}`
    case "unary":
      return `(${node.op} ${printExpr(node.node)})`
    case "binary":
      return `(${printExpr(node.left)} ${node.op} ${printExpr(node.right)})`
    case "chain":
      return printExpr(node.node)
    case "array":
      return `[${list(node.items)}]`
    case "map":
      return `{${node.pairs.map(({ key, value }) => `(${printExpr(key)}): ${printExpr(value)}`).join(", ")}}`
    case "sequence":
      return `(${node.nodes.map((each) => printExpr(each)).join("; ")})`
    case "let":
      return `(let ${node.name} = ${printExpr(node.value)}; ${printExpr(node.body)})`
    default:
      return printCompound(node)
  }
}

function printCompound(
  node: Extract<
    Node,
    { kind: "member" | "slice" | "call" | "builtin" | "conditional" | "constant" }
  >,
): string {
  switch (node.kind) {
    case "member": {
      const base = printBase(node.node)
      const mark = node.optional ? "?." : ""
      if (node.dotted && node.property.kind === "string")
        return `${base}${mark || "."}${node.property.value}`
      return `${base}${mark}[${printExpr(node.property)}]`
    }
    case "slice": {
      const [from, to] = [node.from, node.to].map((end) => (end ? printExpr(end) : ""))
      return `${printBase(node.node)}[${from}:${to}]`
    }
    case "call":
      return `${printExpr(node.callee)}(${list(node.args)})`
    case "builtin": {
      const args = node.args.map((arg, index) =>
        node.predicates[index] === true ? `{${printExpr(arg)}}` : printExpr(arg),
      )
      return `${node.name}(${args.join(", ")})`
    }
    case "conditional": {
      const [condition, then, otherwise] = [node.condition, node.then, node.otherwise].map((part) =>
        printExpr(part),
      )
      if (node.style === "if") return `(if ${condition} {${then}} else {${otherwise}})`
      return node.style === "elvis"
        ? `(${condition} ?: ${otherwise})`
        : `(${condition} ? ${then} : ${otherwise})`
    }
    default:
      throw new Error("a constant is computed, not read")
  }
}
