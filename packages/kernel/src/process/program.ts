import { accessSync, constants, statSync } from "node:fs"
import { delimiter, join } from "node:path"

const inherited = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|TZ|ARGO_TS_.*)$/

/**
 * What processes get of this program's environment: `PATH`, `HOME`, `USER`, `LOGNAME`, `SHELL`, `LANG`, `TZ` and what is
 * named `ARGO_TS_…`. Everything else may be a secret.
 */
export function inheritedEnvironment(): { [name: string]: string } {
  const env: { [name: string]: string } = {}
  for (const name of Object.keys(process.env)) {
    if (inherited.test(name)) env[name] = process.env[name] ?? ""
  }
  return env
}

/** True where a command can be run: a path, seen from `cwd`, or a name found in `path`. */
export function isInstalled(command: string, cwd: string, path: string): boolean {
  if (command.includes("/"))
    return isExecutable(command.startsWith("/") ? command : join(cwd, command))
  return path
    .split(delimiter)
    .some((folder) => folder !== "" && isExecutable(join(folder, command)))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
