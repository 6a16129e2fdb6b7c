import type { State as StateJson } from '@breakwater/workflows'
import { Chain, type IChainable, type INextable, State, type StateGraph } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'

/** The callbacks that the states of one fragment share. */
export interface Fragment {
  /** The JSON of a state, by the name it was made under. */
  render(name: string): StateJson
  /** The name of a state in the machine, with the prefixes of the fragments around it. */
  rename(name: string): string
  /** Called by each of its states when the state becomes part of a machine. */
  bind(graph: StateGraph): void
}

/**
 * One state of a fragment, made of JSON. CustomState would give every state a Next or an End, even a Choice, and would
 * lose the names when the fragment gets a prefix.
 */
export class FragmentState extends State implements INextable {
  readonly endStates: INextable[]
  readonly #fragment: Fragment
  #bound = false

  constructor(scope: Construct, id: string, fragment: Fragment) {
    super(scope, id, {})
    this.endStates = [this]
    this.#fragment = fragment
  }

  /** Name of the state that follows the fragment; undefined without one. */
  get following(): string | undefined {
    return this._next?.stateId
  }

  /**
   * Sets the next state.
   *
   * @throws Error after the machine was made: its states were chosen for a fragment without a next state.
   */
  next(next: IChainable): Chain {
    if (this.#bound) throw new Error(`${this.stateId}: call next() before the state machine is made`)
    super.makeNext(next.startState)
    return Chain.sequence(this, next)
  }

  override toStateJson(): object {
    const { Next, Default, Choices, Catch, ...rest } = this.#fragment.render(this.id) as Targets
    const renamed = (target: { readonly Next?: string }) => ({
      ...target,
      ...(target.Next !== undefined && { Next: this.#fragment.rename(target.Next) }),
    })
    return {
      ...rest,
      // A machine made of CDK states is in JSONPath mode.
      QueryLanguage: 'JSONata',
      ...renamed({ ...(Next !== undefined && { Next }) }),
      ...(Default !== undefined && { Default: this.#fragment.rename(Default) }),
      ...(Choices && { Choices: Choices.map(renamed) }),
      ...(Catch && { Catch: Catch.map(renamed) }),
    }
  }

  protected override whenBoundToGraph(graph: StateGraph): void {
    super.whenBoundToGraph(graph)
    this.#bound = true
    this.#fragment.bind(graph)
  }
}

interface Targets {
  readonly Next?: string
  readonly Default?: string
  readonly Choices?: readonly { readonly Next: string }[]
  readonly Catch?: readonly { readonly Next: string }[]
}
