import { expect, test } from "vitest"
import { commitUrl } from "./commit-url.js"

test.each([
  ["https://github.com/a/b.git", "", "https://github.com/a/b/commit/abc"],
  ["https://user:pw@github.example.com/a/b/", "", "https://github.example.com/a/b/commit/abc"],
  ["https://gitlab.com/a/b", "", "https://gitlab.com/a/b/-/commit/abc"],
  ["https://bitbucket.org/a/b", "", "https://bitbucket.org/a/b/commits/abc"],
  ["https://x.dev.azure.com/a/_git/b", "", "https://x.dev.azure.com/a/_git/b/commit/abc"],
  ["http://git.example.com:8080/a/b.git", "gitea", "http://git.example.com:8080/a/b/commit/abc"],
  ["https://git.example.com/a/b.git", "", undefined],
  ["https://git.example.com/a/b.git", "constructor", undefined],
  ["git@github.com:a/b.git", "github", undefined],
  ["https://", "github", undefined],
])("%s (%s)", (repository, provider, expected) => {
  expect(commitUrl(repository, "abc", provider)).toBe(expected)
})
