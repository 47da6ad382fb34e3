import type { JsonObject } from "@argo-ts/kernel"
import { expect } from "vitest"
import { failure, type HttpCase, type HttpClient, type Loosest, patchTypes } from "./http-world.js"

const group = "served.argo-ts.dev"
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
const schema = {
  openAPIV3Schema: {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: {
          size: { type: "integer", description: "How big it is." },
          at: { type: "string", format: "date-time" },
        },
      },
    },
  },
}

function definition(version: JsonObject): JsonObject {
  const names = { plural: "shapes", singular: "shape", kind: "Shape", listKind: "ShapeList" }
  const first = { name: "v1", served: true, storage: true, schema, ...version }
  const second = { name: "v2", served: false, storage: false, schema }
  return {
    metadata: { name: `shapes.${group}` },
    spec: { group, scope: "Namespaced", names, versions: [first, second] },
  }
}

/** Runs with the kind served, and takes it away again. */
async function withShapes(
  { send, world, path }: HttpClient,
  version: JsonObject,
  run: (shapes: string) => Promise<void>,
): Promise<void> {
  const made = await send(`POST ${definitions}`, { body: definition(version) })
  expect(made.status).toBe(201)
  try {
    await world.settle()
    await run(path(`apis/${group}/v1`, "shapes"))
  } finally {
    await send(`DELETE ${definitions}/shapes.${group}`)
    await world.settle()
  }
}

const table = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" }

/** Custom kinds as HTTP shows them, by spec/cluster §12 G and E. */
export const definitionHttpCases: readonly HttpCase[] = [
  {
    name: "123, 130: a path is a page of text before its kind is there; a version that is not served stays one",
    async run(client) {
      const { send, path } = client
      const shapes = path(`apis/${group}/v1`, "shapes")
      expect(await send(`GET ${shapes}`)).toMatchObject({ status: 404, body: {} })
      await withShapes(client, { deprecated: true }, async () => {
        const list = await send(`GET ${shapes}`)
        expect(list).toMatchObject({ status: 200, body: { kind: "ShapeList", items: [] } })
        expect(list.warnings).toEqual([`${group}/v1 Shape is deprecated`])
        const hidden = await send(`GET ${path(`apis/${group}/v2`, "shapes")}`)
        expect(hidden).toMatchObject({ status: 404, text: "404 page not found\n" })
        const resources = await send(`GET /apis/${group}/v1`)
        expect(resources.body.resources).toMatchObject([{ name: "shapes", kind: "Shape" }])
      })
      expect(await send(`GET ${shapes}`)).toMatchObject({ text: "404 page not found\n" })
    },
  },
  {
    name: "26, 99: a custom object is replaced by version only, and takes no strategic patch",
    async run(client) {
      const { send } = client
      await withShapes(client, {}, async (shapes) => {
        const body = { apiVersion: `${group}/v1`, kind: "Shape", metadata: { name: "a" } }
        await send(`POST ${shapes}`, { body })
        const blind = await send(`PUT ${shapes}/a`, { body })
        const message =
          "metadata.resourceVersion: Invalid value: 0x0: must be specified for an update"
        expect(blind).toMatchObject(failure(422, "Invalid", message))
        const patched = await send(`PATCH ${shapes}/a`, { body: {}, type: patchTypes.strategic })
        expect(patched).toMatchObject(failure(415, "UnsupportedMediaType", "accepted media types"))
      })
    },
  },
  {
    name: "132: a kind's columns, with their type and priority; an absent value is an empty cell",
    async run(client) {
      const { send } = client
      const additionalPrinterColumns = [
        { name: "Size", type: "integer", jsonPath: ".spec.size", description: "How big." },
        { name: "At", type: "date", jsonPath: ".spec.at", priority: 1 },
      ]
      await withShapes(client, { additionalPrinterColumns }, async (shapes) => {
        const created = async (name: string, spec: JsonObject): Promise<unknown> =>
          send(`POST ${shapes}`, {
            body: { apiVersion: `${group}/v1`, kind: "Shape", metadata: { name }, spec },
          })
        await created("a", { size: 3, at: "2020-01-01T00:00:00Z" })
        await created("b", {})
        const { body } = await send(`GET ${shapes}`, table)
        expect(body.columnDefinitions).toMatchObject([
          { name: "Name", type: "string", format: "name", priority: 0 },
          { name: "Size", type: "integer", description: "How big.", priority: 0 },
          { name: "At", type: "date", priority: 1 },
        ])
        const cells = body.rows.map((row: Loosest) => row.cells)
        expect(cells[0]).toEqual(["a", 3, expect.stringMatching(/^\d+y\d*d?$/)])
        expect(cells[1].slice(1)).toEqual([null, null])
      })
      await withShapes(client, {}, async (shapes) => {
        const { body } = await send(`GET ${shapes}`, table)
        expect(body.columnDefinitions).toMatchObject([{ name: "Name" }, { name: "Age" }])
        expect(body.rows).toEqual([])
      })
    },
  },
]
