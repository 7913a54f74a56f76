export { defineConfig, findConfig, loadOptions } from "./config.ts";
export type { Diagnostic } from "./diagnostics.ts";
export { CompileError, OptionError } from "./errors.ts";
export type { Finding, FindingLevels } from "./findings/finding.ts";
export type { FindingRule } from "./findings/rule-names.ts";
export type { FunctionForm, FunctionReport } from "./function-report.ts";
export {
	type CompilerOptions,
	type FileSettings,
	type HoldfastConfig,
	type LoadedConfig,
	type Override,
	type ResolvedOptions,
	resolveOptions,
	type Structure,
	type Ticks,
} from "./options.ts";
export type { ModuleFormat } from "./parse.ts";
export { mayNeedTransform } from "./scan.ts";
export type { SourceMap } from "./source-map.ts";
export {
	type AsyncArgument,
	type DroppedCall,
	type Survey,
	type SurveyOptions,
	type SurveyPlace,
	survey,
} from "./survey.ts";
export { type TransformOptions, type TransformResult, transform } from "./transform.ts";
