# frozen_string_literal: true

# Rails with Devise: tables as its migration makes them, sign-ins by its models as Warden asks them, hashes by its
# encryptor.

require_relative 'talk'
require 'logger'
require 'rails'
require 'action_controller/railtie'
require 'active_record/railtie'
require 'devise'
require 'devise/orm/active_record'

PEPPER = 'the pepper'
$VERBOSE = nil
ActiveRecord::Base.establish_connection(adapter: 'sqlite3', database: ARGV[0].delete_prefix('sqlite:///'))
ActiveRecord::Migration.verbose = false
Devise.setup do |config|
  config.pepper = PEPPER
  config.stretches = 12
  config.maximum_attempts = 3
  config.unlock_strategy = :time
  config.secret_key = 'only for this test'
end

class User < ActiveRecord::Base
  devise :database_authenticatable, :recoverable, :rememberable, :trackable, :lockable, stretches: 4
end

# As config/initializers and `devise_for :users` make it.
class Site < Rails::Application
  config.eager_load = false
  config.logger = Logger.new(nil)
  config.secret_key_base = 'only for this test' * 3
end

def find(email)
  User.find_by!(email: email)
end

SESSIONS = {}
FROM = Struct.new(:remote_ip).new('127.0.0.1')

# What the session and the "remember me" cookie hold.
def enter(email, password)
  user = User.find_for_authentication(email: email)
  came = user.valid_for_authentication? { user.valid_password?(password) } && user.active_for_authentication?
  return false unless came

  user.update_tracked_fields!(FROM) # as Devise's hook after a sign-in does
  user.remember_me!
  SESSIONS[email] = [User.serialize_into_session(user), User.serialize_into_cookie(user)]
  true
end

def inside(email)
  session, cookie = SESSIONS.fetch(email)
  !(User.serialize_from_session(*session) || User.serialize_from_cookie(*cookie)).nil?
end

def make(people)
  ActiveRecord::Schema.define do
    create_table :users do |t|
      t.string :email, null: false, default: ''
      t.string :encrypted_password, null: false, default: ''
      t.string :reset_password_token
      t.datetime :reset_password_sent_at
      t.datetime :remember_created_at
      t.integer :sign_in_count, default: 0, null: false
      t.datetime :current_sign_in_at
      t.datetime :last_sign_in_at
      t.string :current_sign_in_ip
      t.string :last_sign_in_ip
      t.integer :failed_attempts, default: 0, null: false
      t.string :unlock_token
      t.datetime :locked_at
      t.string :first_name
      t.string :last_name
      t.string :phone
      t.timestamps null: false
    end
  end
  User.reset_column_information
  people.each do |each|
    User.create!(email: each['email'], password: each['password'], phone: each['phone'],
                 first_name: each['first'], last_name: each['last'])
  end
  nil
end

def opens(email, password)
  user = find(email)
  user.active_for_authentication? && user.valid_password?(password)
end

# Wrong passwords until Devise locks the account.
def lock(email)
  4.times do
    user = find(email)
    user.valid_for_authentication? { user.valid_password?('wrong') }
  end
  find(email).access_locked?
end

def choose(email, password)
  find(email).reset_password(password, password)
  nil
end

def stale(email)
  BCrypt::Password.new(find(email).encrypted_password).cost != User.stretches
end

# Hashes are asked for at the cost that Devise comes with, people have a cheap one.
def make_hash(name, password)
  raise name unless name == 'devise'

  Devise::Encryptor.digest(Devise, password)
end

def check_hash(name, password, stored)
  raise name unless name == 'devise'

  [Devise::Encryptor.compare(Devise, stored, password), BCrypt::Password.new(stored).cost != Devise.stretches]
end

answer(%w[make opens enter inside choose stale lock make_hash check_hash])
