import { createHash } from "node:crypto"
import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** Who speaks to remotes, and how far they are trusted. */
export interface GitAccess {
  /** With `password`: basic authentication over HTTP. */
  readonly username?: string
  readonly password?: string
  /** A private key as OpenSSH writes it; the only one that is offered. Default: those of the machine. */
  readonly sshPrivateKey?: string
  /** True: hosts need not be known to ssh. Default false. */
  readonly insecureIgnoreHostKey?: boolean
  /** True: certificates of HTTPS servers are not checked. Default false. */
  readonly insecureSkipTls?: boolean
}

/** The environment in which git reaches a location; nothing of it stands on a command line. */
export type AccessEnvironment = (location: string) => { readonly [name: string]: string }

function quoted(path: string): string {
  return `'${path.replaceAll("'", String.raw`'\''`)}'`
}

function sshCommand(access: GitAccess, home: string): string | undefined {
  const { sshPrivateKey, insecureIgnoreHostKey } = access
  if (sshPrivateKey === undefined && insecureIgnoreHostKey !== true) return undefined
  const words = ["ssh", "-o BatchMode=yes"]
  if (sshPrivateKey !== undefined) {
    mkdirSync(home, { recursive: true })
    const name = createHash("sha256").update(sshPrivateKey).digest("hex").slice(0, 24)
    const file = join(home, `${name}.key`)
    // OpenSSH refuses a key without a line end, and one that others may read.
    writeFileSync(file, sshPrivateKey.endsWith("\n") ? sshPrivateKey : `${sshPrivateKey}\n`, {
      mode: 0o600,
    })
    chmodSync(file, 0o600)
    words.push(`-i ${quoted(file)}`, "-o IdentitiesOnly=yes")
  }
  if (insecureIgnoreHostKey === true) {
    words.push("-o StrictHostKeyChecking=no", "-o UserKnownHostsFile=/dev/null")
  }
  return words.join(" ")
}

function originOf(location: string): string | undefined {
  try {
    const { protocol, origin } = new URL(location)
    return protocol === "http:" || protocol === "https:" ? origin : undefined
  } catch {
    return undefined
  }
}

/** Prepares access once. Credentials go to the host that a location names, and to no other that it may lead to. */
export function accessEnvironment(access: GitAccess, home: string): AccessEnvironment {
  const ssh = sshCommand(access, home)
  const { username = "", password = "", insecureSkipTls } = access
  const common = {
    ...(ssh === undefined ? {} : { GIT_SSH_COMMAND: ssh }),
    ...(insecureSkipTls === true ? { GIT_SSL_NO_VERIFY: "true" } : {}),
  }
  return (location) => {
    const origin = originOf(location)
    if (origin === undefined || `${username}${password}` === "") return common
    const header = Buffer.from(`${username}:${password}`).toString("base64")
    return {
      ...common,
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: `http.${origin}/.extraHeader`,
      GIT_CONFIG_VALUE_0: `Authorization: Basic ${header}`,
    }
  }
}
