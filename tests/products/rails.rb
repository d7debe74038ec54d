# frozen_string_literal: true

# Rails by itself: has_secure_password, and the tables and sessions of its authentication generator.

require_relative 'talk'
require 'active_record'

$VERBOSE = nil
ActiveRecord::Base.establish_connection(adapter: 'sqlite3', database: ARGV[0].delete_prefix('sqlite:///'))
ActiveRecord::Migration.verbose = false
ActiveModel::SecurePassword.min_cost = true # as in Rails' own test environment: for people

class User < ActiveRecord::Base
  has_secure_password
  has_many :sessions, dependent: :destroy
end

class Session < ActiveRecord::Base
  belongs_to :user
end

COOKIES = {}

def make(people)
  ActiveRecord::Schema.define do
    create_table :users do |t|
      t.string :email_address, null: false
      t.string :password_digest, null: false
      t.string :first_name
      t.string :last_name
      t.string :phone
      t.timestamps
    end
    add_index :users, :email_address, unique: true
    create_table :sessions do |t|
      t.references :user, null: false, foreign_key: true
      t.string :ip_address
      t.string :user_agent
      t.timestamps
    end
  end
  people.each do |each|
    User.create!(email_address: each['email'], password: each['password'], phone: each['phone'],
                 first_name: each['first'], last_name: each['last'])
  end
  nil
end

def find(email)
  User.find_by!(email_address: email)
end

def opens(email, password)
  find(email).authenticate(password) ? true : false
end

def enter(email, password)
  user = find(email).authenticate(password)
  COOKIES[email] = user.sessions.create!.id if user
  user ? true : false
end

def inside(email)
  !Session.find_by(id: COOKIES.fetch(email)).nil?
end

def choose(email, password)
  find(email).update!(password: password, password_confirmation: password)
  nil
end

def stale(email)
  BCrypt::Password.new(find(email).password_digest).cost != BCrypt::Engine::MIN_COST
end

# Hashes are asked for at the cost that Rails has in production.
def make_hash(_name, password)
  BCrypt::Password.create(password, cost: BCrypt::Engine.cost).to_s
end

def check_hash(_name, password, stored)
  kept = BCrypt::Password.new(stored)
  [kept.is_password?(password), kept.cost != BCrypt::Engine.cost]
end

answer(%w[make opens enter inside choose stale make_hash check_hash])
