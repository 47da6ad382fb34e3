// A Node service whose orders are workflows: reserve and charge side by side, then ship; charging is tried three times.
// The manifest is an ordinary Workflow, the steps are functions here. Ask it: curl -X POST http://127.0.0.1:8080/orders/7
import { createServer, type Server } from "node:http"
import { pathToFileURL } from "node:url"
import { formatTree, functionExecutor, runWorkflow } from "@argo-ts/dag-engine"

const order = (name: string): { readonly name: string; readonly inputs: object } => ({
  name,
  inputs: { parameters: [{ name: "order", value: "{{workflow.parameters.order}}" }] },
})

const manifest = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Workflow",
  metadata: { generateName: "order-" },
  spec: {
    entrypoint: "main",
    arguments: { parameters: [{ name: "order" }] },
    templates: [
      {
        name: "main",
        dag: {
          tasks: [
            { name: "reserve", template: "reserve" },
            { name: "charge", template: "charge" },
            { name: "ship", template: "ship", depends: "reserve && charge" },
          ],
        },
      },
      { ...order("reserve"), container: { image: "shop" } },
      { ...order("charge"), container: { image: "shop" }, retryStrategy: { limit: 2 } },
      { ...order("ship"), container: { image: "shop" } },
    ],
  },
}

let busy = 1
const executor = functionExecutor({
  reserve: ({ parameters }) => `reserved ${parameters["order"]}`,
  charge: () => {
    if (busy-- > 0) throw new Error("the bank is busy")
  },
  ship: ({ parameters }) => `shipped ${parameters["order"]}`,
})

/** `POST /orders/<number>` runs the workflow and answers with its tree. */
export const service: Server = createServer(async (request, response) => {
  const number = /^\/orders\/(\d+)$/.exec(request.url ?? "")?.[1]
  if (request.method !== "POST" || number === undefined) return response.writeHead(404).end()
  const workflow = await runWorkflow(manifest, {
    executors: [executor],
    arguments: { order: number },
  })
  const code = workflow.status?.phase === "Succeeded" ? 200 : 500
  return response.writeHead(code).end(formatTree(workflow))
})

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) service.listen(8080, "127.0.0.1")
