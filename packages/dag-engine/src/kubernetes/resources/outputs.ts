import { compileJq, jqResourceOutput } from "@argo-ts/expr/jq"
import { compileJsonPath } from "@argo-ts/expr/jsonpath"
import { type JsonValue, OperationError } from "@argo-ts/kernel"
import type { Task } from "../../executors/executor.js"

/** Output parameters by `jsonPath` and `jqFilter`. What is not there is left to the parameter's default. */
export function readOutputs(task: Task, object: JsonValue): { [name: string]: string } {
  const parameters = Object.create(null) as { [name: string]: string }
  for (const { name, valueFrom } of task.template.outputs?.parameters ?? []) {
    const value =
      valueFrom?.jsonPath !== undefined
        ? byJsonPath(name, valueFrom.jsonPath, object)
        : valueFrom?.jqFilter !== undefined
          ? byJq(name, valueFrom.jqFilter, object)
          : undefined
    if (value !== undefined && value !== "") parameters[name] = value
    else if (value === "" && valueFrom?.default === undefined) parameters[name] = ""
  }
  return parameters
}

function refuse(name: string, message: string | undefined): never {
  throw new OperationError(`output parameter '${name}': ${message ?? "cannot be read"}`, {
    code: "InvalidOutput",
    retryable: false,
  })
}

function byJsonPath(name: string, source: string, object: JsonValue): string {
  const compiled = compileJsonPath(source, { allowMissingKeys: true })
  if (!compiled.ok) return refuse(name, compiled.issues[0]?.message)
  const result = compiled.value.evaluate(object)
  return result.ok ? result.value.text : refuse(name, result.issues[0]?.message)
}

function byJq(name: string, source: string, object: JsonValue): string {
  const compiled = compileJq(source)
  if (!compiled.ok) return refuse(name, compiled.issues[0]?.message)
  const outputs = compiled.value.evaluate(object)
  if (!outputs.ok) return refuse(name, outputs.issues[0]?.message)
  const text = jqResourceOutput(outputs.value)
  return text.ok ? text.value : refuse(name, text.issues[0]?.message)
}
