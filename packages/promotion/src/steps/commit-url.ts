type Provider = "azure" | "bitbucket" | "gitea" | "github" | "gitlab"

const paths: { readonly [provider in Provider]: string } = {
  azure: "/commit/",
  bitbucket: "/commits/",
  gitea: "/commit/",
  github: "/commit/",
  gitlab: "/-/commit/",
}

/** Hosts that say whose they are. */
const hosts: readonly (readonly [RegExp, Provider])[] = [
  [/(^|\.)dev\.azure\.com$/, "azure"],
  [/^bitbucket\./, "bitbucket"],
  [/^gitea\./, "gitea"],
  [/^github\./, "github"],
  [/^gitlab\./, "gitlab"],
]

function isProvider(name: string): name is Provider {
  return Object.hasOwn(paths, name)
}

/** Where people look at a commit; undefined where neither the configuration nor the host tells whose it is. */
export function commitUrl(repository: string, sha: string, provider: string): string | undefined {
  if (!/^https?:\/\//.test(repository) || !URL.canParse(repository)) return undefined
  const url = new URL(repository)
  const found = isProvider(provider)
    ? provider
    : hosts.find(([host]) => host.test(url.hostname))?.[1]
  if (found === undefined) return undefined
  const path = url.pathname.replace(/\/$/, "").replace(/\.git$/, "")
  return `${url.protocol}//${url.host}${path}${paths[found]}${sha}`
}
