import type { FuzzLanguage } from "./fuzz.mjs"

export declare const languages: { readonly [name: string]: FuzzLanguage }
