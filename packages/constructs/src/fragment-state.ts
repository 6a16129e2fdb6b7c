import type { State as StateJson } from '@breakwater/workflows'
import { Chain, type IChainable, type INextable, State, type StateGraph } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'

/** What the states of one fragment have in common. */
export interface Fragment {
  /** The JSON of a state, by the name it was made under. */
  render(name: string): StateJson
  /** The name a state goes by in the machine, which may be inside of fragments with prefixes. */
  rename(name: string): string
  /** Told by each of its states that it is in a machine. */
  bind(graph: StateGraph): void
}

/**
 * One state of a fragment that is JSON already. CustomState would give every state a Next or an End, a Choice too, and
 * would lose the names when the fragment gets a prefix.
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

  /** The state that follows the fragment, if any does. */
  get following(): string | undefined {
    return this._next?.stateId
  }

  /**
   * Goes on with another state.
   *
   * @throws Error when the machine has been made, whose states were chosen for a fragment that nothing follows.
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
