# frozen_string_literal: true

# The products' end of the talk, for those in Ruby: a line of JSON in, a line of JSON out (see talk.py).

require 'json'

# Whatever goes wrong is told: to the product's people it would be a broken page.
def answer(questions)
  $stdin.each_line do |line|
    asked = JSON.parse(line)
    question = asked.delete('ask')
    told = begin
      raise "unknown: #{question}" unless questions.include?(question)

      { answer: send(question, *asked.values) }
    rescue StandardError => e
      { broken: "#{e.class}: #{e.message}" }
    end
    puts told.to_json
    $stdout.flush
  end
end
