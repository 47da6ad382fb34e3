const objects =
  "stored objects are kubectl's business (argo-ts up serves a cluster, its --kubeconfig says where); files go to argo-ts run and lint"

/** Commands of `argo` that are none here, and what does their work. */
const elsewhere: { readonly [words: string]: string } = {
  submit: "here it is argo-ts run",
  template: objects,
  "cluster-template": objects,
  "cron create": objects,
  "cron update": objects,
  "cron delete": objects,
  "cron get": objects,
  "cron list": objects,
  "cron suspend": objects,
  "cron resume": objects,
  "cron lint": "here it is argo-ts lint",
  server: "here it is argo-ts up",
  auth: "nobody signs in to argo-ts; argo-ts up writes a kubeconfig",
  "executor-plugin": "plugins are functions here: pluginExecutor of @argo-ts/dag-engine",
  version: "here it is argo-ts --version",
}

/** Options of `argo` that are none here, and what they would say. */
const optionsElsewhere: { readonly [words: string]: string } = {
  "run --wait": "run ends when the workflow has ended",
  "run --log": "run shows what steps write as they write it",
  "run --server-dry-run": "no server is asked: --dry-run checks all that one would",
  "logs -l": "steps have no labels here: --node-field-selector chooses among them",
  "logs --selector": "steps have no labels here: --node-field-selector chooses among them",
  "logs --previous": "every attempt is a node of its own: name it",
  "delete --force": "nothing holds a run of a store back",
}

/** What an option of `argo` would say that is none here. */
export function optionElsewhereOf(command: string, option: string): string | undefined {
  const words = `${command} ${option}`
  return Object.hasOwn(optionsElsewhere, words) ? optionsElsewhere[words] : undefined
}

/** What does the work of a command of `argo` that is none here; `undefined` where nobody knows. */
export function elsewhereOf(args: readonly string[]): string | undefined {
  for (const words of [args.slice(0, 2).join(" "), args[0] ?? ""]) {
    if (Object.hasOwn(elsewhere, words)) return elsewhere[words]
  }
  return undefined
}
