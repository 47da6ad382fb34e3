import { createHash } from "node:crypto"
import { fc, test as prop } from "@fast-check/vitest"
import { expect, test } from "vitest"
import { compileExpr } from "../expr/index.js"
import { compileGoTemplate, workflowFunctions } from "../index.js"

function render(source: string): string {
  const compiled = compileGoTemplate(`{{ ${source} }}`)
  const result = compiled.ok ? compiled.value.evaluate(null) : compiled
  return result.ok ? result.value : `failed: ${result.issues[0]?.message}`
}

test.each([
  ['snakecase "HTTPServer2xx"', "http_server_2xx"],
  ['snakecase "Bld4Floor3rd"', "bld4_floor_3rd"],
  ['kebabcase "FirstName"', "first-name"],
  ['camelcase "http_server"', "HttpServer"],
  ['title "hello foo-bar"', "Hello Foo-Bar"],
  ['abbrev 8 "hello world"', "hello..."],
  ['trunc -3 "hello"', "llo"],
  ['substr 1 3 "hello"', "el"],
  ['wrap 5 "hello world foo"', "hello\nworld\nfoo"],
  ['splitn "/" 2 "a/b/c"', "map[_0:a _1:b/c]"],
  ['initials "First Try"', "FT"],
  ['plural "one" "many" 1', "one"],
  ["addf 0.1 0.2", "0.3"],
  ["divf 1 3", "0.3333333333333333"],
  ["round -2.5 0", "-3"],
  ['int "0x1A"', "26"],
  ["untilStep 6 0 -2", "[6 4 2]"],
  ["seq 5 -2 1", "5 3 1"],
  ["biggest 1 5 3", "5"],
  ["uniq (list 1 1.0 1)", "[1 1]"],
  ["slice (list 1 2 3) 1", "[2 3]"],
  ['dig "a" "b" "none" (dict "a" (dict "b" 7))', "7"],
  ['mergeOverwrite (dict "a" 1) (dict "a" 2 "b" 3)', "map[a:2 b:3]"],
  ['merge (dict "a" (dict "x" 1)) (dict "a" (dict "y" 2))', "map[a:map[x:1 y:2]]"],
  ['pick (dict "a" 1 "b" 2) "b"', "map[b:2]"],
  ['ternary "y" "n" true', "y"],
  ['b32dec (b32enc "hello!")', "hello!"],
  ['b64dec "!!"', "illegal base64 data at input byte 0"],
  ['adler32sum "Wikipedia"', "300286872"],
  ['toRawJson (dict "a" "<&>")', '{"a":"<&>"}'],
  ['regexReplaceAll "a(x*)b" "-axxb-" "${1}W"', "-xxW-"],
  ['(semver "1.2.3-a+b").Prerelease', "a"],
  ['semverCompare "^1.2" "1.3.0"', "true"],
  ['durationRound "26h"', "1d"],
  ['clean "/a/../../b//c/."', "/b/c"],
  ['(urlParse "http://u:p@h:80/a%20b?q=1#f").path', "/a b"],
  ['urlJoin (urlParse "http://h:80/p?q=1#f")', "http://h:80/p?q=1#f"],
  ['fail "no"', 'failed: executing at <fail "no">: error calling fail: no'],
  ["first 5", "failed: executing at <first 5>: error calling first: Cannot find first on type int"],
])("%s is %s", (source, text) => {
  expect(render(source)).toBe(text)
})

prop.prop([fc.string()])("sha512sum is what every other program says", (text) => {
  const whole = text.replace(/\p{Cs}/gu, "")
  const hash = createHash("sha512").update(whole).digest("hex")
  expect(render(`sha512sum ${JSON.stringify(whole)}`)).toBe(hash)
})

test("expressions of Workflows have it too, without a way to change what they are given", () => {
  const run = (source: string, env: object = {}): unknown => {
    const compiled = compileExpr(source, { mode: "env" })
    const result = compiled.ok && compiled.value.evaluate({ ...workflowFunctions, ...env } as never)
    return result && result.ok ? result.value : result && result.issues[0]?.message
  }
  expect(run("sprig.trim('  a ') + sprig.upper('b')")).toBe("aB")
  // The environment of the process is nobody's business.
  expect(run("sprig.env('HOME')")).toMatch(/cannot call nil/)
  expect(run("sprig.set(m, 'a', 1)", { m: {} })).toMatch(/belongs to somebody else/)
})
