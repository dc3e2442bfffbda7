import type { Stage } from '../../catalog/schema.ts';
import { type Ask, askOf } from './ask.ts';
import type { Transcript } from './transcript.ts';
import { WordFinder } from './word-list.ts';
import code from './words/stage/code.txt';
import codeHint from './words/stage/code-hint.txt';
import plan from './words/stage/plan.txt';
import planHint from './words/stage/plan-hint.txt';
import review from './words/stage/review.txt';
import reviewHint from './words/stage/review-hint.txt';
import software from './words/stage/software.txt';

export interface StageJudgement {
  /** Undefined if nothing in the request shows a stage. */
  readonly stage: Stage | undefined;
  /** Fit for a header. */
  readonly reason: string;
}

/** The points of each sign. The stage with the most points wins, if it has enough. docs/routing.md explains them. */
const weights = {
  /** An agent says that it is in its planning mode. */
  planMode: 12,
  /** The instructions make the model a planner, or a reviewer. */
  plannerRole: 5,
  reviewerRole: 5,
  /** The first word that asks for a stage, or the last one in languages whose verbs come last. */
  leadingWord: 3,
  /** Each further word that asks for a stage, up to two. */
  sureWord: 2,
  /** The user says yes to a question of the assistant. */
  consent: 8,
  /** Each word that only goes with a stage, up to two. */
  hint: 1,
  diffForReview: 2,
  traceForCode: 2,
  /** A question beside code; without a deciding word, a question about software, or a statement. */
  questionWithCode: 3,
  questionOnSoftware: 2,
  statementOnSoftware: 2,
  edits: 3,
  editTools: 1,
} as const;

const pointsLeast = 2;
const countedMax = 2;

/** Of stages with the same points the first wins. */
const stages: readonly Stage[] = ['code', 'plan', 'review'];

type StageWord = Stage | `${Stage}-hint` | 'software';

const finder = new WordFinder<StageWord>({
  plan,
  'plan-hint': planHint,
  code,
  'code-hint': codeHint,
  review,
  'review-hint': reviewHint,
  software,
});

/** A hint only goes with the stage; the other words ask for it. */
const wordStages: Readonly<Record<Exclude<StageWord, 'software'>, { stage: Stage; isHint: boolean }>> = {
  plan: { stage: 'plan', isHint: false },
  'plan-hint': { stage: 'plan', isHint: true },
  code: { stage: 'code', isHint: false },
  'code-hint': { stage: 'code', isHint: true },
  review: { stage: 'review', isHint: false },
  'review-hint': { stage: 'review', isHint: true },
};

/** Languages whose verbs come last: so does the word that asks for a stage. */
const verbFinalLanguages: ReadonlySet<string> = new Set(['tr', 'ja', 'ko', 'hi']);

/** The newest message of an agent about its planning mode counts. */
const planModeNamed = anyOf([String.raw`\bplan(?:ning)? mode\b`, '<mode>', '<slug>']);
const planMode = anyOf([
  String.raw`\bplan(?:ning)? mode(?: is)?(?: still| now| currently)?:? active\b`,
  String.raw`^#+ ?plan(?:ning)? mode\b`,
  String.raw`\byou are (?:now |currently |still )?in plan(?:ning)? mode\b`,
  '^plan(?:ning)? mode:',
  String.raw`<mode>\s{0,9}plan\b`,
  String.raw`<slug>\s{0,9}architect\b`,
]);
const role = String.raw`\b(?:you are|you're|act as|acting as|role:|your (?:role|job|task) is)[^.\n]{0,60}\b`;
const never = String.raw`\byou (?:must )?(?:never|do not|don't|must not|may not|cannot)`;
const plannerRole = anyOf([
  String.raw`${role}(?:architect|planner|planning|product manager|tech(?:nical)? lead|plan)\b`,
  String.raw`${never} (?:write|modify|edit|change)(?: any)? (?:code|files)(?:[.,;]|$)`,
  String.raw`\byou (?:only )?(?:plan|produce plans)\b`,
]);
const reviewed = '(?:code|changes?|diffs?|patch(?:es)?|commits?|pull requests?|prs?|merge requests?)';
const reviewerRole = anyOf([
  String.raw`${role}(?:reviewer|review|critic|auditor)\b`,
  String.raw`\byou (?:only )?(?:review|check|audit|critique|inspect) (?:\w{1,20} ){0,3}${reviewed}\b`,
]);
const editingTool = /edit|write|patch|replace|create_file|str_replace|insert|delete_file|apply/i;

export function stageOf(transcript: Transcript): StageJudgement {
  const ask = askOf(transcript);
  const signs: { readonly stage: Stage; readonly name: string; readonly points: number }[] = [];
  const add: Add = (stage, name, points) => void signs.push({ stage, name, points });
  const { isOnSoftware, isDecisive } = addWords(ask, add);
  addRoles(transcript, ask, add);
  if (ask.consents) add('code', 'consent', weights.consent);
  if (ask.hasDiff) add('review', 'diff', weights.diffForReview);
  if (ask.hasTrace) add('code', 'trace', weights.traceForCode);
  if (ask.since.some(({ toolCalls }) => toolCalls.some((name) => editingTool.test(name)))) {
    add('code', 'edits', weights.edits);
  }
  const canEdit = transcript.tools.some((name) => editingTool.test(name));
  if (canEdit && ask.words !== '') add('code', 'tools', weights.editTools);
  addForm(ask, isOnSoftware || canEdit, isDecisive, add);
  const tally = stages.map((stage) => {
    const own = signs.filter((sign) => sign.stage === stage);
    return { stage, own, points: own.reduce((sum, { points }) => sum + points, 0) };
  });
  const [best] = tally.toSorted((one, other) => other.points - one.points);
  if (best === undefined || best.points < pointsLeast) return { stage: undefined, reason: 'undecided' };
  const names = best.own.toSorted((one, other) => other.points - one.points).map(({ name }) => name);
  return { stage: best.stage, reason: names.slice(0, 3).join(', ') };
}

type Add = (stage: Stage, name: string, points: number) => void;

/** Answers whether the words are about software, and whether any asks for a stage. */
function addWords({ words }: Ask, add: Add): { isOnSoftware: boolean; isDecisive: boolean } {
  const seen = new Map<string, { stage: Stage; isHint: boolean; language: string }>();
  let isOnSoftware = false;
  for (const { meaning, language, entry } of finder.find(words)) {
    isOnSoftware ||= meaning === 'software' || meaning === 'code-hint';
    if (meaning !== 'software' && !seen.has(entry)) seen.set(entry, { ...wordStages[meaning], language });
  }
  const found = [...seen.values()];
  const sure = found.filter(({ isHint }) => !isHint);
  const isVerbFinal = sure.some(({ language }) => verbFinalLanguages.has(language));
  const leading = isVerbFinal ? sure.at(-1) : sure[0];
  if (leading !== undefined) add(leading.stage, 'asked', weights.leadingWord);
  for (const stage of stages) {
    const count = sure.filter((each) => each.stage === stage && each !== leading).length;
    if (count > 0) add(stage, 'words', Math.min(count, countedMax) * weights.sureWord);
    const hints = found.filter((each) => each.stage === stage && each.isHint).length;
    if (hints > 0) add(stage, 'hints', Math.min(hints, countedMax) * weights.hint);
  }
  return { isOnSoftware, isDecisive: sure.length > 0 };
}

/** Who shows code and asks something wants a review; who says how software should be wants code. */
function addForm({ prose, codeBlocks, hasDiff }: Ask, isOnSoftware: boolean, isDecisive: boolean, add: Add): void {
  const isQuestion = /[?？؟]/.test(prose);
  if (codeBlocks > 0 || hasDiff) {
    if (isQuestion) add('review', 'question', weights.questionWithCode);
    else add('code', 'code', weights.statementOnSoftware);
  } else if (!isDecisive && (isOnSoftware || identifier.test(prose))) {
    if (isQuestion) add('plan', 'question', weights.questionOnSoftware);
    else add('code', 'software', weights.statementOnSoftware);
  }
}

const extensions = '(?:ts|js|tsx|jsx|py|go|rs|java|rb|php|c|cpp|cs|kt|swift|sql|css|html|json|ya?ml|sh|md)';
/** A text in backticks, the name of a file, or a name in camel case. */
const identifier = new RegExp(
  String.raw`\x60[^\x60\n]{1,100}\x60|\b[\w/-]{1,80}\.${extensions}\b|\b[a-z]{1,40}[A-Z]\w`,
);

function addRoles({ system }: Transcript, { wrapped }: Ask, add: Add): void {
  const told = wrapped.find((each) => planModeNamed.test(each)) ?? system;
  if (planMode.test(told)) add('plan', 'plan mode', weights.planMode);
  if (reviewerRole.test(system)) add('review', 'reviewer role', weights.reviewerRole);
  if (plannerRole.test(system)) add('plan', 'planner role', weights.plannerRole);
}

function anyOf(patterns: readonly string[]): RegExp {
  return new RegExp(patterns.join('|'), 'im');
}
