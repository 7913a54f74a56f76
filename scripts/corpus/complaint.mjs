// What parsers say of an output of the compiler. Needs --experimental-vm-modules.
import { compileFunction, SourceTextModule } from "node:vm";
import { parseSync } from "oxc-parser";
import { lowered } from "./measure.mjs";

/** The first complaint about an output of the compiler, or `undefined`. */
export function complaint(path, code, isModule) {
	const { errors } = parseSync(path, code, { sourceType: isModule ? "module" : "commonjs", showSemanticErrors: true });
	const error = errors.find(({ severity, codeframe }) => severity === "Error" && !/\bTS\(\d+\)/.test(codeframe ?? ""));
	if (error !== undefined) return `the parser says: ${error.message}\n${error.codeframe}`;
	return engineComplaint(/\.[cm]?tsx?$/.test(path) ? lowered(code, path, false) : code, isModule);
}

/** What V8 says of a text, without running it. Of functions inside it sees what their first reading shows. */
function engineComplaint(code, isModule) {
	try {
		if (isModule) new SourceTextModule(code.replace(/^#!.*/, ""));
		else compileFunction(code.replace(/^#!.*/, ""), ["exports", "require", "module", "__filename", "__dirname"]);
		return undefined;
	} catch (error) {
		return `V8 says: ${error.stack?.split("\n").slice(0, 6).join("\n") ?? error.message}`;
	}
}
