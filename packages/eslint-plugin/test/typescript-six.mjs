// typescript-eslint needs the JavaScript interface of TypeScript 6, which stands in this package's own node_modules; what
// of it npm has put further up would find TypeScript 7, which has none.
import { createRequire, registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

const url = pathToFileURL(createRequire(import.meta.url).resolve("typescript")).href;

registerHooks({
	resolve: (specifier, context, next) =>
		specifier === "typescript" ? { url, format: "commonjs", shortCircuit: true } : next(specifier, context),
});
