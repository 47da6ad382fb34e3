import { fileURLToPath } from "node:url"
import { createServer } from "vite"

const [script, ...parameters] = process.argv.slice(2)
process.argv.splice(2, process.argv.length, ...parameters)
const conditions = ["@argo-ts/source", "node", "import", "default"]
const server = await createServer({
  root: fileURLToPath(new URL("..", import.meta.url)),
  configFile: false,
  logLevel: "error",
  server: { middlewareMode: true, hmr: false, watch: null, ws: false },
  optimizeDeps: { noDiscovery: true },
  ssr: { noExternal: [/@argo-ts\//], resolve: { conditions } },
})
await server.ssrLoadModule(script)
