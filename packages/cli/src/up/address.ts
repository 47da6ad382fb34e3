import { execFileSync } from "node:child_process"
import { existsSync, statSync } from "node:fs"
import { resolve } from "node:path"
import { CliError, type Io } from "../io.js"

function git(directory: string, args: readonly string[]): string | undefined {
  try {
    const env = {
      PATH: process.env["PATH"] ?? "",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
    }
    return execFileSync("git", ["-C", directory, ...args], {
      encoding: "utf8",
      env,
      stdio: "pipe",
      timeout: 30_000,
    })
  } catch {
    return undefined
  }
}

/** Reads `--address url=place`; a place on this disk has to be a git repository without uncommitted changes. */
export function readAddress(
  text: string,
  options: { readonly allowDirty?: true },
  io: Io,
): readonly [string, string] {
  const at = text.indexOf("=")
  const [url, place] = [text.slice(0, at), text.slice(at + 1)]
  if (at <= 0 || place === "") {
    throw new CliError(
      "InvalidOption",
      `--address: expected URL=PLACE, found ${JSON.stringify(text)}`,
    )
  }
  if (/^[a-z]+:\/\//.test(place)) return [url, place]
  const directory = resolve(io.cwd, place)
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new CliError(
      "RepositoryUnreachable",
      `--address ${url}: expected a git repository at ${place}, found nothing`,
    )
  }
  if (git(directory, ["rev-parse", "--git-dir"]) === undefined) {
    throw new CliError(
      "RepositoryUnreachable",
      `--address ${url}: expected a git repository at ${place}, found a directory without one`,
    )
  }
  const isBare = git(directory, ["rev-parse", "--is-bare-repository"])?.trim() === "true"
  const changes = isBare ? "" : (git(directory, ["status", "--porcelain"]) ?? "")
  if (changes !== "" && options.allowDirty !== true) {
    const count = changes.trimEnd().split("\n").length
    const message = `--address ${url}: expected a repository without uncommitted changes at ${place}, found ${count} (commit them, or --allow-dirty)`
    throw new CliError("RepositoryDirty", message)
  }
  return [url, directory]
}
