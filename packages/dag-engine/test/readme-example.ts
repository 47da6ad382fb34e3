import { formatTree, functionExecutor, runWorkflow } from "@argo-ts/dag-engine"
import { parseManifests } from "@argo-ts/kernel/yaml"

const manifests = parseManifests(`
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: { name: order }
spec:
  entrypoint: main
  templates:
    - name: main
      dag:
        tasks:
          - { name: reserve, template: reserve }
          - { name: charge, template: charge }
          - { name: ship, template: ship, depends: reserve && charge }
    - { name: reserve, container: { image: shop } }
    - { name: charge, container: { image: shop }, retryStrategy: { limit: 2 } }
    - { name: ship, container: { image: shop } }`)

let isBusy = true
const charge = (): void => {
  if (!isBusy) return
  isBusy = false
  throw new Error("the bank is busy")
}
const executor = functionExecutor({ reserve: () => "reserved", charge, ship: () => "shipped" })

const manifest = manifests.ok ? manifests.value[0]?.value : undefined
const workflow = await runWorkflow(manifest, { executors: [executor] })
console.log(formatTree(workflow).split("\n").slice(6).join("\n"))
// STEP              TEMPLATE  DURATION  MESSAGE
//  ✔ order          main
//  ├─✔ reserve      reserve   0s
//  ├─✔ charge       charge
//  │ ├─✖ charge(0)  charge    0s        the bank is busy
//  │ └─✔ charge(1)  charge    0s
//  └─✔ ship         ship      0s
