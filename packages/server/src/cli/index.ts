export { runProgram, type ProgramContext } from './program.ts';
