/** The one argument of a mutation. */
export interface InputArgs<Input> {
  input: Input;
}
