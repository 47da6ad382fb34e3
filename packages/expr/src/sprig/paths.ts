import { mapValue, type Value } from "../values/value.js"
import { aliases, define, type FunctionTable, mapOf, refuse, textOf } from "./define.js"

/** Go's `path.Clean`. */
function clean(path: string): string {
  const isRooted = path.startsWith("/")
  const parts: string[] = []
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue
    const isUp = part === ".."
    if (isUp && parts.length > 0 && parts.at(-1) !== "..") parts.pop()
    else if (!isUp || !isRooted) parts.push(part)
  }
  const joined = (isRooted ? "/" : "") + parts.join("/")
  return joined === "" ? "." : joined
}

function base(path: string): string {
  if (path === "") return "."
  const bare = path.replace(/\/+$/, "")
  return bare === "" ? "/" : bare.slice(bare.lastIndexOf("/") + 1)
}

function dir(path: string): string {
  return clean(path.slice(0, path.lastIndexOf("/") + 1))
}

function ext(path: string): string {
  const last = path.slice(path.lastIndexOf("/") + 1)
  const dot = last.lastIndexOf(".")
  return dot < 0 ? "" : last.slice(dot)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return refuse(`unable to parse url: invalid URL escape in "${text}"`)
  }
}

const urlPattern =
  /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s

function parseUrl(text: string): Value {
  const [, scheme = "", authority, place = "", path = "", query = "", fragment = ""] =
    urlPattern.exec(text) ?? []
  const isOpaque = scheme !== "" && authority === undefined && !path.startsWith("/")
  const at = place.lastIndexOf("@")
  const host = place.slice(at + 1)
  return mapValue([
    ["scheme", scheme.toLowerCase()],
    ["host", host],
    ["hostname", host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1")],
    ["path", isOpaque ? "" : decoded(path)],
    ["query", query],
    ["opaque", isOpaque ? path : ""],
    ["fragment", decoded(fragment)],
    ["userinfo", at < 0 ? "" : place.slice(0, at)],
  ])
}

function escapedPath(path: string): string {
  return encodeURI(path).replace(/[?#]/g, (char) => encodeURIComponent(char))
}

function joinUrl(value: Value | undefined): string {
  const parts = mapOf(value)
  const part = (name: string): string =>
    Object.hasOwn(parts, name) ? textOf(parts[name] as Value) : ""
  const [scheme, host, userinfo] = [part("scheme"), part("host"), part("userinfo")]
  const start = scheme === "" ? "" : `${scheme}:`
  const tail =
    (part("query") === "" ? "" : `?${part("query")}`) +
    (part("fragment") === "" ? "" : `#${escapedPath(part("fragment"))}`)
  if (part("opaque") !== "") return start + part("opaque") + tail
  const authority =
    host === "" && userinfo === "" ? "" : `//${userinfo === "" ? "" : `${userinfo}@`}${host}`
  const path = escapedPath(part("path"))
  const isParted = authority !== "" && path !== "" && !path.startsWith("/")
  return `${start}${authority}${isParted ? "/" : ""}${path}${tail}`
}

const plain: FunctionTable = {
  base: define("s", ([path]) => base(textOf(path))),
  clean: define("s", ([path]) => clean(textOf(path))),
  dir: define("s", ([path]) => dir(textOf(path))),
  ext: define("s", ([path]) => ext(textOf(path))),
  isAbs: define("s", ([path]) => textOf(path).startsWith("/")),
  urlJoin: define("d", ([parts]) => joinUrl(parts)),
  urlParse: define("s", ([url]) => parseUrl(textOf(url))),
}

/** Paths and addresses. */
export const pathFunctions: FunctionTable = {
  ...plain,
  ...aliases(plain, {
    osBase: "base",
    osClean: "clean",
    osDir: "dir",
    osExt: "ext",
    osIsAbs: "isAbs",
  }),
}
