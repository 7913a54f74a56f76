import type { ESLint, Linter } from "eslint";
import { rules } from "./rules.ts";

/** The plugin, with a configuration that switches every rule on. */
export interface HoldfastPlugin extends ESLint.Plugin {
	readonly configs: {
		/** Every rule as an error, and the rules of ESLint and typescript-eslint that misjudge Holdfast off. */
		readonly recommended: Linter.Config;
	};
}

/** Rules of others that flag what Holdfast owns, or that one of ours takes the place of. */
const replaced: Linter.RulesRecord = {
	"@typescript-eslint/no-floating-promises": "off",
	"no-async-promise-executor": "off",
	"no-unsafe-finally": "off",
};

/**
 * The plugin for ESLint's flat configuration, and for `jsPlugins` of Oxlint.
 *
 * @example
 * ```js
 * // eslint.config.js
 * import holdfast from "@holdfast/eslint-plugin";
 * export default [holdfast.configs.recommended];
 * ```
 */
const plugin: HoldfastPlugin = {
	meta: { name: "@holdfast/eslint-plugin", version: "0.1.0", namespace: "holdfast" },
	rules,
	configs: {
		// It names the plugin itself: ESLint takes another object under the same name for another plugin.
		get recommended() {
			return recommended;
		},
	},
};

const recommended: Linter.Config = {
	name: "holdfast/recommended",
	plugins: { holdfast: plugin },
	rules: {
		...replaced,
		...Object.fromEntries(Object.keys(rules).map((name) => [`holdfast/${name}`, "error" as const])),
	},
};

export default plugin;
