// Judges requests by IAM's policy semantics: reads {"requests": [...]} on stdin, prints one verdict for each.
//
// A request: {action, resource, account, context, identityPolicies: [document], serviceControlPolicies: [document]}.
// A verdict: {result, ignored}: "Allowed", "ExplicitlyDenied" or "ImplicitlyDenied", and the context keys that the
// action does not have. A request or policy that is not valid ends the program: a test must not pass by a typing error.
import { readFileSync } from 'node:fs'
import { runSimulation } from '@cloud-copilot/iam-simulate'

const named = (documents) => documents.map((policy, number) => ({ name: `policy-${number}`, policy }))

async function verdict({ principal, action, resource, account, context, identityPolicies, serviceControlPolicies }) {
  const answer = await runSimulation(
    {
      request: { principal, action, resource: { resource, accountId: account }, contextVariables: context },
      identityPolicies: named(identityPolicies),
      serviceControlPolicies: [{ orgIdentifier: 'r-root', policies: named(serviceControlPolicies) }],
      resourceControlPolicies: []
    },
    { simulationMode: 'Strict' }
  )
  if (answer.resultType !== 'single') throw new Error(`${action}: ${JSON.stringify(answer)}`)
  return { result: answer.overallResult, ignored: answer.result.ignoredContextKeys }
}

const { requests } = JSON.parse(readFileSync(0, 'utf8'))
console.log(JSON.stringify(await Promise.all(requests.map(verdict))))
