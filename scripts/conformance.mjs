// `pnpm conformance [DIR]`: holds real manifests of the upstream projects against the parsers, engine by engine, and
// recorded answers of their little languages against ours. DIR defaults to ../shared/upstream; answers are sought in
// ../goldens/languages beside it. Prints how many manifests parse, validate and run, how many rows are equal, and why the
// others are not. Workflows are held against the node trees that are expected of them; one that differs is exit code 1.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { formatIssue } from "@argo-ts/kernel"
import { parseManifests } from "@argo-ts/kernel/yaml"

const root = process.argv[2] ?? "../shared/upstream"
const answers = join(root, "../goldens/languages")
if (existsSync(answers)) {
  const { report, runConformance } = await import("../packages/expr/test/conformance/run.mjs")
  console.log("recorded answers of the little languages")
  report(runConformance(answers))
}
if (!existsSync(root)) {
  console.log(`skipped: no folder ${root} with upstream manifests`)
  process.exit(0)
}

const engines = {
  workflows: [
    "@argo-ts/dag-engine",
    /^(Workflow|WorkflowTemplate|ClusterWorkflowTemplate|CronWorkflow|WorkflowEventBinding)$/,
  ],
  rollouts: [
    "@argo-ts/progressive-delivery",
    /^(Rollout|AnalysisTemplate|ClusterAnalysisTemplate|AnalysisRun|Experiment)$/,
  ],
  cd: ["@argo-ts/gitops-core", /^(Application|AppProject|ApplicationSet)$/],
  events: ["@argo-ts/event-bus", /^(EventSource|EventBus|Sensor)$/],
  kargo: [
    "@argo-ts/promotion",
    /^(Project|ProjectConfig|Warehouse|Freight|Stage|Promotion|PromotionTask|ClusterPromotionTask)$/,
  ],
}

function files(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}

function documentsOf(path) {
  const parsed = parseManifests(readFileSync(path, "utf8"), { file: path })
  return parsed.ok ? parsed.value : { reason: parsed.issues[0]?.message ?? "unreadable" }
}

/** Every workflow of upstream comes to the tree that is expected, or is refused for the reason that is. */
async function reportTrees(place) {
  const run = await import("../packages/dag-engine/test/conformance/run.mjs")
  const { cases, others } = run.readCases(place)
  const expectations = run.readExpectations()
  const counts = { trees: 0, refused: 0, stored: 0, differing: 0 }
  for (const one of cases) {
    const verdict = await run.judge(one, others)
    const difference = run.differenceOf(one, verdict, expectations)
    if (difference !== undefined) {
      counts.differing++
      console.log(`${one.name}: ${difference}`)
    } else if (verdict.refused !== undefined) counts.refused++
    else if (verdict.tree === undefined) counts.stored++
    else counts.trees++
  }
  const { trees, refused, stored, differing } = counts
  console.log(
    `\nworkflows: ${cases.length} manifests: ${trees} with the expected node tree, ${stored} templates valid, ${refused} refused as expected, ${differing} differ`,
  )
  for (const { file, phase, why } of expectations.ends)
    console.log(`  ${phase.padEnd(9)}  ${file}: ${why}`)
  for (const { file, why } of expectations.refused) console.log(`  refused    ${file}: ${why}`)
  if (differing > 0) process.exitCode = 1
}

if (existsSync(join(root, "workflows"))) await reportTrees(join(root, "workflows"))

for (const [folder, [name, kinds]] of Object.entries(engines)) {
  const place = join(root, folder)
  if (!existsSync(place)) continue
  // Kinds that need more than most are read by a subpath of their engine.
  const engine = { ...(await import(name)), ...(await import(`${name}/cron`).catch(() => ({}))) }
  // Engines that can run a manifest on virtual time say so in their testing subpath.
  const { conformance } = await import(`${name}/testing`).catch(() => ({}))
  const everything = files(place).flatMap((path) => {
    const documents = documentsOf(path)
    return Array.isArray(documents) ? documents.map(({ value }) => value) : []
  })
  const counts = { files: 0, unreadable: 0, manifests: 0, valid: 0, ran: 0 }
  const reasons = new Map()
  for (const path of files(place)) {
    counts.files++
    const documents = documentsOf(path)
    if (!Array.isArray(documents)) {
      counts.unreadable++
      continue
    }
    for (const { value } of documents) {
      const kind = value?.kind
      const isOurs =
        /argoproj\.io|akuity\.io/.test(value?.apiVersion ?? "") && kinds.test(kind ?? "")
      if (!isOurs) continue
      counts.manifests++
      const parse = engine[`parse${kind}`]
      const result =
        parse === undefined
          ? {
              ok: false,
              issues: [
                { code: "UnknownKind", path: ["kind"], message: `${kind} is not built yet` },
              ],
            }
          : parse(value)
      if (result.ok) {
        counts.valid++
        if ((await conformance?.(value, { others: everything }))?.ran === true) counts.ran++
      } else {
        const issue = result.issues[0]
        const reason = `${issue.code} ${formatIssue(issue).replace(/\[\d+\]/g, "[]")}`
        reasons.set(reason, [...(reasons.get(reason) ?? []), path.slice(root.length + 1)])
      }
    }
  }
  console.log(
    `\n${name}: ${counts.files} files (${counts.unreadable} unreadable), ${counts.manifests} manifests, ${counts.valid} valid${conformance === undefined ? "" : `, ${counts.ran} ran`}`,
  )
  const sorted = [...reasons].toSorted(([, a], [, b]) => b.length - a.length)
  for (const [reason, paths] of sorted.slice(0, 40))
    console.log(`  ${String(paths.length).padStart(4)}  ${reason}  (first: ${paths[0]})`)
}
